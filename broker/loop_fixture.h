// LoopTest: a whole broker on the loopback with a store and threads of its own, and peers that a test drives by hand.
// Test programs only.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include "broker/start.h"
#include "core/base/check.h"
#include "core/base/test_dir.h"
#include "core/base/test_patience.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "core/exchange/testing/world.h"
#include "core/net/dealer.h"
#include "core/store/durable_file.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;
using exchange::testing::World;
using schemas::MessageKind;

inline const MemberId kTax("tax");
inline const MemberId kOwner("civil-affairs");
inline const DatasetId kHousehold("civil-affairs/household");

class TestClock final : public Clock {  // an hour after the world was made, then as fast as any
 public:
  Instant wall() const override {
    return {World::kStart.us + minutes(60).us + monotonic().us - start_.us + stepped_us_};
  }
  Duration monotonic() const override { return clock_.monotonic(); }
  void step(Duration by) { stepped_us_ += by.us; }  // the wall clock alone

 private:
  SystemClock clock_;
  std::atomic<std::int64_t> stepped_us_{0};
  Duration start_ = clock_.monotonic();
};

// The world's statements as the log of a store that `steelyard init` and its members would have made.
inline void make_store(const World& world, const std::string& dir, const std::string& head) {
  provenance::Batch batch;
  batch.number = 1;
  batch.first = LogIndex(0);
  for (std::size_t i = 0; i < world.statements().size(); ++i) {
    const exchange::StatementBytes& statement = world.statements()[i];
    provenance::EntryRecord entry;
    entry.index = LogIndex(i);
    entry.body.kind = schemas::EntryKind::kStatement;
    entry.body.digest =
        exchange::message_digest(world.suite(), MessageKind::kStatement, statement.document, statement.signatures);
    entry.body.epoch = LogIndex(i);
    entry.body.time = World::kStart + seconds(static_cast<std::int64_t>(i));
    entry.salt = crypto::random<Salt>();
    entry.commitment = exchange::entry_commitment(world.suite(), entry.salt, exchange::encode(entry.body));
    batch.entries.push_back(entry);
    batch.statements.push_back({entry.index, statement});
  }
  batch.registry = world.registry().rows();
  store::EnvOptions options;
  options.map_bytes = 256 << 20;
  auto log = provenance::LogStore::open(dir, options, world.suite());
  ASSERT_TRUE(log.has_value()) << log.error().what;
  const auto committed = (*log)->commit(batch);
  ASSERT_TRUE(committed.has_value()) << committed.error().what;
  const crypto::Checkpoint checkpoint{World::kOrigin, (*log)->size(), (*log)->frontier().root(), {}};
  ASSERT_TRUE(
      provenance::HeadFile(head, World::kOrigin).write(crypto::sign_checkpoint(checkpoint, world.broker().log)));
}

inline Config make_broker_folder(const World& world, const TestDir& dir) {
  Config config;
  config.store = dir / "store";
  config.head = dir / "head/checkpoint";
  config.index = dir / "index";
  config.listen = "tcp://127.0.0.1:*";
  config.map_bytes = 256 << 20;
  config.bundle_key = dir / "bundle.key";
  config.log_key = dir / "log.key";
  config.transport_key = dir / "transport.key";
  EXPECT_TRUE(store::make_dir(dir / "head", 0700));
  EXPECT_TRUE(crypto::write_key_file(config.bundle_key, world.broker().bundle));
  EXPECT_TRUE(crypto::write_key_file(config.log_key, world.broker().log));
  EXPECT_TRUE(crypto::write_key_file(config.transport_key, world.broker().transport));
  make_store(world, config.store, config.head);
  return config;
}

struct Seen {  // one frame of the broker's
  Bytes octets;
  exchange::Frame frame;
};

class Peer {
 public:
  Peer(net::Context& context, const World& world, const std::string& endpoint, MemberId member,
       const crypto::CurveKey& transport)
      : world_(world), member_(std::move(member)) {
    auto keys = net::CurveKeyPair::from_secret(transport.secret());
    auto server = net::CurvePublic::from(world.broker().transport.public_key().octets);
    CHECK(keys.has_value() && server.has_value());
    net::Dealer::Options options;
    options.endpoint = endpoint;
    options.server_key = *server;
    options.keys = *keys;
    auto dealer = net::Dealer::open(context, options);
    CHECK(dealer.has_value());
    dealer_ = std::move(*dealer);
  }

  net::Dealer& dealer() { return *dealer_; }
  net::LinkState link() { return dealer_->wait_up(seconds(3 * kPatience)); }

  template <class Message>
  void control(MessageKind kind, const Message& message) {
    dealer_->send(exchange::control_frame(kind, schemas::encode(message)));
  }
  void hello(std::vector<DatasetId> provides = {}, std::optional<MemberId> as = {}) {
    schemas::Hello hello;
    hello.versions = {schemas::kEnvelopeVersion};
    hello.boot = crypto::make_exchange_id(World::kStart);
    hello.member = as.value_or(member_);
    hello.provides = std::move(provides);
    hello.next_statement = LogIndex(world_.statements().size());
    hello.clock = World::kStart;
    hello.software = "loop_test";
    control(MessageKind::kHello, hello);
  }
  void bundle(const exchange::OutMessage& message, const MemberId& author, const crypto::SigningKey& key) {
    dealer_->send(exchange::sign_member_frame(world_.suite(), World::kOrigin, author, key, {&message, 1}));
  }
  void bundle(const exchange::OutMessage& message) { bundle(message, member_, world_.keys(member_).message); }

  // Once the socket has room for it.
  bool sent(ByteView frame) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(4 * kPatience);
    while (dealer_->send(frame) != net::SendResult::kSent) {
      if (std::chrono::steady_clock::now() >= until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  // The first frame with a message of this kind; pings are answered meanwhile.
  std::optional<Seen> next(MessageKind kind, int timeout_ms = 4000) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms * kPatience);
    while (std::chrono::steady_clock::now() < until) {
      auto received = dealer_->receive();
      if (!received) {
        dealer_->wait(milliseconds(20));
        continue;
      }
      Seen seen{to_bytes(received->view()), {}};
      auto frame = exchange::parse_frame(seen.octets);
      CHECK(frame.has_value());
      seen.frame = *frame;
      for (const auto& message : seen.frame.messages) {
        if (message.kind == MessageKind::kPing)
          control(MessageKind::kPong, schemas::Pong{schemas::decode<schemas::Ping>(message.envelope)->nonce, {}});
        if (message.kind == kind) return seen;
      }
    }
    return {};
  }
  // The code of the next rejection, whose frame the broker must have signed; 0: none came.
  ErrorCode rejected() {
    const auto seen = next(MessageKind::kRejection);
    if (!seen) return 0;
    auto key = crypto::VerifyingKey::decode(world_.broker().bundle.public_key());
    const auto bundle =
        exchange::open_bundle(world_.suite(), World::kOrigin, MemberId(World::kOrigin), *key, seen->frame);
    EXPECT_TRUE(bundle.has_value());
    for (const auto& message : seen->frame.messages)
      if (message.kind == MessageKind::kRejection) {
        const auto rejection = schemas::decode<schemas::Rejection>(message.envelope);
        return rejection ? rejection->code : 0;
      }
    return 0;
  }
  bool up() { return link() == net::LinkState::kUp && (hello(), next(MessageKind::kWelcome).has_value()); }
  bool cut_off(int timeout_ms = 4000) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms * kPatience);
    while (dealer_->state() == net::LinkState::kUp && std::chrono::steady_clock::now() < until) {
      while (dealer_->receive()) continue;
      dealer_->wait(milliseconds(20));
    }
    return dealer_->state() != net::LinkState::kUp;
  }

 private:
  const World& world_;
  MemberId member_;
  std::unique_ptr<net::Dealer> dealer_;
};

class LoopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    config = make_broker_folder(world, dir);
#ifdef STEELYARD_TEST_HOOKS
    config.faults = faults;
#endif
    ASSERT_NO_FATAL_FAILURE(shape(config));
    ASSERT_EQ(pipe2(signals, O_NONBLOCK | O_CLOEXEC), 0);
    auto started = Broker::start(config, clock, dir / "stats");
    ASSERT_TRUE(started.has_value()) << started.error().what;
    broker = std::move(*started);
    endpoint = broker->endpoint();
    thread = std::thread([this] {
      service::ServiceManager manager;
      ended = broker->run(signals[0], manager);
    });
    auto opened = net::Context::open();
    ASSERT_TRUE(opened.has_value());
    context = std::move(*opened);
  }
  virtual void shape(Config&) {}  // before the start
  void TearDown() override {
    stop();
    close(signals[0]);
    close(signals[1]);
  }
  void stop() {
    if (!thread.joinable()) return;
    signalfd_siginfo info{};
    info.ssi_signo = SIGTERM;
    EXPECT_EQ(write(signals[1], &info, sizeof(info)), static_cast<ssize_t>(sizeof(info)));
    thread.join();
    broker.reset();
  }
  Peer connect(const MemberId& member) { return connect(member, world.keys(member).transport); }
  Peer connect(const MemberId& member, const crypto::CurveKey& transport) {
    return Peer(*context, world, endpoint, member, transport);
  }

  exchange::OutMessage request(const MemberId& author) const {
    schemas::Request asked;
    asked.head = {schemas::kEnvelopeVersion,
                  MessageKind::kRequest,
                  World::kOrigin,
                  author,
                  world.keys(author).message.id(),
                  kOwner,
                  crypto::make_exchange_id(clock.wall()),
                  clock.wall() + seconds(60)};
    asked.application = ApplicationId("tax-relief");
    asked.dataset = kHousehold;
    asked.purpose = PurposeId("deduction");
    asked.agreement = AgreementId("tax-household");
    asked.fields = {FieldName("address"), FieldName("name")};
    asked.conditions = {FieldName("id_number")};
    asked.reply_key = world.keys(kTax).seal.public_key().octets;
    asked.seal_key = world.keys(kOwner).seal.id();
    asked.plaintext = crypto::random<Commitment>();
    exchange::OutMessage message;
    message.kind = MessageKind::kRequest;
    message.envelope = std::make_shared<const Bytes>(schemas::encode(asked));
    message.payload = std::make_shared<const Bytes>(Bytes(256, 7));
    return message;
  }
  static exchange::OutMessage statement_message(const exchange::StatementBytes& statement) {
    exchange::OutMessage message;
    message.kind = MessageKind::kStatement;
    message.envelope = std::make_shared<const Bytes>(statement.document);
    message.payload = std::make_shared<const Bytes>(statement.signatures);
    return message;
  }
  exchange::OutMessage application(std::size_t number) const {  // a statement of the tax bureau's
    const std::string id = "app-" + std::to_string(number);
    const auto drawn =
        world.draw(id, schemas::Application{kTax, exchange::testing::text(id)}, kTax, schemas::Role::kMember);
    const auto statement = world.sign(drawn, {{schemas::Role::kMember, kTax, nullptr}});
    return statement_message(statement);
  }

  const World world = World::city();
  const TestDir dir;
  TestClock clock;
  Config config;
#ifdef STEELYARD_TEST_HOOKS
  const std::shared_ptr<store::FaultPlan> faults = std::make_shared<store::FaultPlan>();
#endif
  int signals[2] = {-1, -1};
  std::unique_ptr<Broker> broker;
  std::string endpoint;
  std::unique_ptr<net::Context> context;
  std::thread thread;
  Status ended;
};

}  // namespace steelyard::broker
