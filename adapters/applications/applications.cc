#include "adapters/applications/applications.h"

#include <utility>

#include "adapters/applications/door.h"
#include "core/net/waker.h"
#include "core/store/durable_file.h"

namespace steelyard::adapters {
namespace {

class NodeEventReader final : public EventReader {
 public:
  explicit NodeEventReader(std::unique_ptr<client::Subscriber> subscriber) : subscriber_(std::move(subscriber)) {}

  void handle(const client::Incoming& message) override { subscriber_->handle(message); }
  Status tick() override { return subscriber_->tick(); }
  std::vector<client::ToldEvent> take() override { return subscriber_->take(); }
  Status done(LogIndex entry) override { return subscriber_->done(entry); }
  void stop() override { subscriber_->stop(); }
  bool subscribed() const override { return subscriber_->subscribed(); }
  const std::optional<Error>& ended() const override { return subscriber_->ended(); }

 private:
  std::unique_ptr<client::Subscriber> subscriber_;
};

class NodeAsker final : public Asker {
 public:
  NodeAsker(client::Node& node, client::ReceiptStore& receipts, bool prove)
      : node_(&node), receipts_(&receipts), consumer_(node, &receipts, {.keep_receipts = true, .prove = prove}) {}

  client::Consumer& consumer() { return consumer_; }

  const exchange::Registry* registry() const override {
    return node_->registry().empty() ? nullptr : &node_->registry();
  }
  const MemberId& member() const override { return node_->identity().member; }
  Result<ExchangeId> ask(const client::Query& query) override { return consumer_.ask(query); }
  std::vector<client::Outcome> take_outcomes() override { return consumer_.take_outcomes(); }
  Result<std::unique_ptr<EventReader>> read_events(const client::Query& query) override {
    TRY_ASSIGN(auto subscriber, client::Subscriber::open(*node_, consumer_, query));
    return std::make_unique<NodeEventReader>(std::move(subscriber));
  }
  Result<bool> is_subscribed(const client::Query& query) const override {
    return store::exists(client::kept_subscription_path(node_->identity().state_dir, node_->registry().suite(), query));
  }
  Result<std::vector<client::KeptSubscription>> subscriptions() const override {
    return client::kept_subscriptions(node_->identity().state_dir);
  }
  Result<std::optional<client::KeptExchange>> kept(const ExchangeId& id) const override { return receipts_->get(id); }

 private:
  client::Node* node_;
  client::ReceiptStore* receipts_;
  client::Consumer consumer_;
};

}  // namespace

struct Applications::State {
  State(client::Node& node, std::unique_ptr<client::ReceiptStore> kept, bool prove, const Clock& clock)
      : receipts(std::move(kept)),
        asker(node, *receipts, prove),
        calls([&node] { node.waker().wake(); }),
        desk(calls, asker, clock, [this] { return server->behind(); }) {}

  std::unique_ptr<client::ReceiptStore> receipts;
  NodeAsker asker;
  CallQueue calls;
  Desk desk;
  http::RequestCounts counts;
  std::unique_ptr<Door> door;                   // used by the server's thread alone
  std::unique_ptr<http::RequestServer> server;  // ends before all that it uses
};

Applications::Applications(std::unique_ptr<State> state) : state_(std::move(state)) {}
Applications::~Applications() = default;

Result<std::unique_ptr<Applications>> Applications::open(const Config& config, client::Node& node, const Clock& clock,
                                                         std::function<void(std::string_view line)> say) {
  TRY_ASSIGN(auto tokens, client::ApplicationTokens::open(config.applications.tokens));
  TRY_ASSIGN(auto receipts, client::ReceiptStore::open(config.identity.state_dir + "/receipts"));
  auto state = std::make_unique<State>(node, std::move(receipts), config.prove, clock);
  state->door = std::make_unique<Door>(std::move(tokens), state->calls, clock, std::move(say));
  TRY_ASSIGN(state->server, http::RequestServer::open(
                                config.applications.listen,
                                [door = state->door.get()](http::Request request, http::Reply reply) {
                                  door->enter(std::move(request), std::move(reply));
                                },
                                state->counts));
  return std::unique_ptr<Applications>(new Applications(std::move(state)));
}

void Applications::take(std::vector<client::Incoming>& incoming) {
  std::erase_if(incoming, [this](const client::Incoming& message) {
    state_->desk.handle(message);
    return state_->asker.consumer().handle(message) || message.kind == schemas::MessageKind::kEvent;
  });
}

void Applications::turn() {
  state_->asker.consumer().tick();
  state_->desk.turn();
}

void Applications::ask_no_more() { state_->desk.ask_no_more(); }
bool Applications::busy() const { return !state_->calls.empty(); }
std::size_t Applications::open() const { return state_->desk.open(); }
std::size_t Applications::streaming() const { return state_->desk.streaming(); }
const std::string& Applications::address() const { return state_->server->address(); }
const http::RequestCounts& Applications::counts() const { return state_->counts; }

}  // namespace steelyard::adapters
