#include "tests/hostile/stage.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "core/crypto/random.h"
#include "core/exchange/bundle.h"
#include "core/exchange/entry.h"
#include "core/exchange/seal.h"
#include "core/exchange/statement.h"
#include "core/json/json.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::hostile {

using schemas::MessageKind;

namespace {

// The broker's rejections and refusals of one round leave with the Pong or a commit later.
constexpr Duration kAMoment = milliseconds(120);

std::string refusal_words(ByteView envelope) {
  const auto refusal = schemas::decode<schemas::Refusal>(envelope);
  const auto body = refusal ? exchange::decode_entry(refusal->body) : Result<exchange::EntryBody>{};
  return "refused " + (body ? std::string(schemas::slug_of(body->verdict)) : "unreadably");
}

}  // namespace

bool eventually(const std::function<bool()>& condition, Duration within) {
  const SystemClock clock;
  const Duration until = clock.monotonic() + within;
  while (!condition()) {
    if (clock.monotonic() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

std::string words_of(MessageKind kind, ByteView envelope) {
  switch (kind) {
    case MessageKind::kRejection: {
      const auto rejection = schemas::decode<schemas::Rejection>(envelope);
      return "rejected " + (rejection ? std::string(schemas::slug_of(rejection->code)) : "unreadably");
    }
    case MessageKind::kRefusal: return refusal_words(envelope);
    case MessageKind::kAnswer: return "answered";
    case MessageKind::kRequest: return "granted";  // as its owner sees it
    case MessageKind::kWelcome: return "welcomed";
    case MessageKind::kRecorded: return "recorded";
    default: return {};
  }
}

// Peer.

Result<std::unique_ptr<Peer>> Peer::connect(Stage& stage, const client::Identity& who) {
  std::unique_ptr<Peer> peer(new Peer(stage, who));
  net::Dealer::Options options;
  options.endpoint = who.endpoint;
  TRY_ASSIGN(options.server_key, net::CurvePublic::from(who.broker_key));
  TRY_ASSIGN(options.keys, net::CurveKeyPair::from_secret(who.transport_key.secret()));
  options.frame_bytes_max = 4 * limits::kFrameBytesMax;
  options.hwm_frames = 0;  // an attacker has all the memory that it wants
  TRY_ASSIGN(peer->dealer_, net::Dealer::open(stage.context(), options));
  peer->dealer_->wait_up(seconds(5));
  return peer;
}

Result<std::unique_ptr<Peer>> Peer::join(Stage& stage, const client::Identity& who, std::vector<DatasetId> provides) {
  TRY_ASSIGN(auto peer, connect(stage, who));
  TRY(peer->up(std::move(provides)));
  return peer;
}

Status Peer::up(std::vector<DatasetId> provides) {
  if (state() != net::LinkState::kUp) return fail(ErrorKind::kReconnect, who_.member.text + " is not let in");
  control(MessageKind::kHello, stage_.hello(who_, std::move(provides)));
  kept_ = read(seconds(5), [](const auto& so_far) {
    return !so_far.empty() && !words_of(so_far.back().kind, so_far.back().envelope).empty();
  });
  if (std::erase_if(kept_, [](const Heard& one) { return one.kind == MessageKind::kWelcome; }) > 0) return {};
  return fail(ErrorKind::kLater,
              who_.member.text + " is not welcomed: " +
                  (kept_.empty() ? "nothing came" : words_of(kept_.back().kind, kept_.back().envelope)));
}

void Peer::send(Bytes frame) { dealer_->send(std::move(frame)); }

Bytes Peer::frame_of(std::vector<exchange::OutMessage> messages) const {
  return exchange::sign_member_frame(stage_.suite(), stage_.origin(), who_.member, who_.message_key, messages);
}

void Peer::bundle(std::vector<exchange::OutMessage> messages) { send(frame_of(std::move(messages))); }

void Peer::take(ByteView octets, std::vector<Heard>& heard) {
  const auto frame = exchange::parse_frame(octets);
  if (!frame) return;
  for (const exchange::FrameMessage& message : frame->messages) {
    if (message.kind == MessageKind::kPing)
      if (const auto ping = schemas::decode<schemas::Ping>(message.envelope))
        control(MessageKind::kPong, schemas::Pong{ping->nonce, stage_.clock().wall()});
    if (message.kind == MessageKind::kCredit)
      if (const auto credit = schemas::decode<schemas::Credit>(message.envelope)) granted_ = *credit;
    if (frame->sort == exchange::FrameSort::kBroker) ++received_.messages;
    heard.push_back({message.kind, to_bytes(message.envelope), to_bytes(message.payload), message.proof});
  }
  if (frame->sort != exchange::FrameSort::kBroker) return;
  received_.bytes += octets.size();
  if (received_.messages % 64 < frame->messages.size())  // reading is what is paid back
    control(MessageKind::kCredit,
            schemas::Credit{received_.messages + limits::kCreditMessages, received_.bytes + limits::kCreditBytes});
}

std::vector<Heard> Peer::read(Duration within, const std::function<bool(const std::vector<Heard>&)>& enough) {
  std::vector<Heard> heard = std::exchange(kept_, {});
  const Duration until = stage_.clock().monotonic() + within;
  while (!(enough && enough(heard))) {
    const Duration left = until - stage_.clock().monotonic();
    if (left.us <= 0) break;
    if (const auto frame = dealer_->receive())
      take(frame->view(), heard);
    else if (state() != net::LinkState::kUp)
      break;
    else
      dealer_->wait(std::min(left, milliseconds(20)));
  }
  return heard;
}

Result<Heard> Peer::wait_for(MessageKind kind, Duration within) {
  const auto is_it = [kind](const Heard& one) { return one.kind == kind; };
  kept_ = read(within, [&](const auto& so_far) { return std::any_of(so_far.begin(), so_far.end(), is_it); });
  const auto found = std::find_if(kept_.begin(), kept_.end(), is_it);
  if (found == kept_.end())
    return fail(ErrorKind::kLater, who_.member.text + " waited for a " + std::string(schemas::name_of(kind)));
  Heard heard = std::move(*found);
  kept_.erase(found);
  return heard;
}

void Peer::listen(Seen& seen, std::size_t words, Duration within) {
  constexpr std::uint64_t kNonce = 0x686f7374696c65;
  control(MessageKind::kPing, schemas::Ping{kNonce, stage_.clock().wall()});
  std::size_t told = 0;
  const auto add = [&](const std::vector<Heard>& heard) {
    for (const Heard& one : heard)
      if (const std::string what = words_of(one.kind, one.envelope); !what.empty()) {
        seen.tell(what);
        ++told;
      }
  };
  const Duration until = stage_.clock().monotonic() + within;
  bool ponged = false;
  while (stage_.clock().monotonic() < until && state() == net::LinkState::kUp) {
    const auto heard = read(milliseconds(20));
    add(heard);
    for (const Heard& one : heard) ponged = ponged || one.kind == MessageKind::kPong;
    if (ponged && told >= words) break;
  }
  if (state() == net::LinkState::kUp) add(read(kAMoment));
  add(read(milliseconds(1)));  // what came before the end
  if (state() != net::LinkState::kUp) ++seen.closed;
}

bool Peer::closed_within(Duration within) {
  return eventually(
      [this] {
        while (dealer_->receive()) continue;
        return state() != net::LinkState::kUp;
      },
      within);
}

// Stage.

Status Stage::open() {
  TRY_ASSIGN(const Bytes text, store::read_file(world_ + "/broker/network.json", 1 << 20));
  TRY_ASSIGN(const json::Value network, json::parse(as_text(text)));
  TRY_ASSIGN(origin_, network.string_at("origin"));
  TRY_ASSIGN(context_, net::Context::open());
  return {};
}

const client::Identity& Stage::identity(const MemberId& member) {
  auto found = identities_.find(member);
  if (found == identities_.end()) {
    const bool root = member.text == root_name();
    auto read = client::read_identity_file(world_ + (root ? "/office" : "/city/" + member.text) + "/identity.toml");
    if (!read) {
      std::fprintf(stderr, "steelyard-hostile: %s\n", read.error().what.c_str());
      std::exit(3);
    }
    found = identities_.emplace(member, std::move(*read)).first;
  }
  return found->second;
}

const client::Identity& Stage::root() { return identity(MemberId(root_name())); }

crypto::SigningKey Stage::root_office() {
  auto key = crypto::read_signing_key(world_ + "/office/office.key");
  if (!key) {
    std::fprintf(stderr, "steelyard-hostile: %s\n", key.error().what.c_str());
    std::exit(3);
  }
  return std::move(*key);
}

std::string Stage::host() const { return "127.0.0.1"; }

int Stage::port() const {
  const std::string endpoint = const_cast<Stage*>(this)->root().endpoint;
  return std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
}

Result<int> Stage::operators_port() const {
  TRY_ASSIGN(const Bytes octets, store::read_file(world_ + "/operators", 100));
  const std::string address(as_text(octets));
  return std::stoi(address.substr(address.rfind(':') + 1));
}

schemas::Hello Stage::hello(const client::Identity& who, std::vector<DatasetId> provides) const {
  schemas::Hello hello;
  hello.versions = {schemas::kEnvelopeVersion};
  hello.boot = crypto::make_exchange_id(clock_.wall());
  hello.member = who.member;
  hello.provides = std::move(provides);
  hello.next_statement = kNoIndex;  // promises of one's own statements, and no others'
  hello.clock = clock_.wall();
  hello.software = "steelyard-hostile";
  return hello;
}

schemas::Head Stage::head(MessageKind kind, const MemberId& author, const MemberId& recipient) {
  schemas::Head made;
  made.kind = kind;
  made.origin = origin_;
  made.author = author;
  made.key = identity(author).message_key.id();
  made.recipient = recipient;
  made.id = crypto::make_exchange_id(clock_.wall());
  made.expires = clock_.wall() + seconds(60);
  return made;
}

AgreementId Stage::agreement_of(const MemberId& user, const DatasetId& dataset) const {
  const auto text = store::read_file(world_ + "/city/bench.json", 16 << 20);
  const auto city = text ? json::parse(as_text(*text)) : Result<json::Value>{};
  const auto agreements = city ? city->array_at("agreements") : Result<const json::Array*>{};
  if (agreements && *agreements != nullptr)
    for (const json::Value& one : **agreements)
      if ("m00" + std::to_string(one.integer_at("user").value_or(-1)) == user.text &&
          one.string_at("dataset").value_or("") == dataset.text)
        return AgreementId(one.string_at("agreement").value_or(""));
  std::fprintf(stderr, "steelyard-hostile: %s has no agreement over %s\n", user.text.c_str(), dataset.text.c_str());
  std::exit(3);
}

schemas::Request Stage::request(const MemberId& user, const DatasetId& dataset) {
  schemas::Request made;
  made.head = head(MessageKind::kRequest, user, owner_of(dataset));
  made.application = ApplicationId("app-" + user.text);
  made.dataset = dataset;
  made.purpose = PurposeId("bench-purpose");
  made.fields = {FieldName("f1"), FieldName("f2")};
  made.conditions = {FieldName("k")};
  made.reply_key = crypto::OpeningKey::generate(suite()).public_key().octets;
  made.seal_key = KeyId{};
  made.plaintext = crypto::random<Commitment>();
  return made;
}

exchange::OutMessage Stage::message(const schemas::Request& request, Bytes payload) const {
  exchange::OutMessage made = plain(request);
  made.payload = std::make_shared<const Bytes>(std::move(payload));
  return made;
}

Result<exchange::OutMessage> Stage::sealed(schemas::Request request, const MemberId& sealed_as) {
  const client::Identity& owner = identity(owner_of(request.dataset));
  if (!owner.seal_key) return fail(ErrorKind::kFix, owner.member.text + " has no sealing key");
  schemas::RequestPayload payload;
  payload.parameters = {{FieldName("k"), schemas::Compare::kEq, {std::string("k00000001")}}};
  payload.behalf.salt = crypto::random<PlainSalt>();
  const Bytes plaintext = schemas::encode(payload);
  const auto salt = crypto::random<PlainSalt>();
  request.behalf = exchange::behalf_commitment(suite(), payload.behalf.salt, "", "");
  request.seal_key = owner.seal_key->id();
  request.plaintext = exchange::plaintext_commitment(suite(), salt, plaintext);
  exchange::OutMessage made = plain(request);
  exchange::Sealer sealer(suite());
  TRY_ASSIGN(Bytes octets,
             sealer.seal({origin_, sealed_as, owner.member, request.seal_key, MessageKind::kRequest},
                         owner.seal_key->public_key(), *made.envelope, salt, plaintext, clock_.monotonic()));
  made.payload = std::make_shared<const Bytes>(std::move(octets));
  return made;
}

Digest Stage::digest_of(const exchange::OutMessage& message) const {
  return exchange::message_digest(suite(), message.kind, *message.envelope,
                                  message.payload ? ByteView(*message.payload) : ByteView());
}

schemas::Statement Stage::statement(schemas::StatementBody body, std::string subject, schemas::Role role,
                                    const MemberId& author, std::uint32_t version, const Digest& previous) {
  schemas::Statement made;
  made.head.network = root().genesis;
  made.head.kind = static_cast<schemas::StatementKind>(body.index() + 1);
  made.head.subject = std::move(subject);
  made.head.version = version;
  made.head.previous = previous;
  made.head.author = author;
  made.head.role = role;
  made.head.time = clock_.wall();
  made.body = std::move(body);
  return made;
}

exchange::OutMessage Stage::message(const schemas::Statement& statement, const std::vector<Signer>& signers) const {
  const Bytes document = schemas::encode(statement);
  std::vector<schemas::StatementSignature> signatures;
  for (const Signer& one : signers)
    signatures.push_back(exchange::sign_statement(suite(), document, one.role, one.member, *one.key));
  exchange::OutMessage made;
  made.kind = MessageKind::kStatement;
  made.envelope = std::make_shared<const Bytes>(document);
  made.payload = std::make_shared<const Bytes>(schemas::encode(signatures));
  return made;
}

}  // namespace steelyard::hostile
