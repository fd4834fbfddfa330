// Attacks with credentials: keys taken away, validity ended, names of others, sessions too many.
#include <chrono>
#include <thread>

#include "core/crypto/random.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::KeyUse;
using schemas::MessageKind;
using schemas::Role;

// A member that an attack admits for itself, by the root manager's office as `steelyard member add` would.
class Newcomer {
 public:
  static Result<std::unique_ptr<Newcomer>> admit(Stage& stage, std::optional<Duration> validity = {}) {
    std::unique_ptr<Newcomer> made(new Newcomer(stage));
    TRY_ASSIGN(made->root_, Peer::join(stage, stage.root()));
    if (validity) made->until_ = stage.clock().wall() + *validity;
    TRY(made->state());
    return made;
  }

  const client::Identity& identity() const { return identity_; }

  // The next version of the member statement, with another transport key: the one before is taken away.
  Status replace_transport() {
    next_transport_ = crypto::CurveKey::generate();
    return state();
  }

 private:
  explicit Newcomer(Stage& stage)
      : stage_(stage),
        office_(crypto::SigningKey::generate(stage.suite())),
        cosign_(crypto::SigningKey::generate(stage.suite())),
        seal_(crypto::OpeningKey::generate(stage.suite())),
        identity_(*client::read_identity_file(stage.world() + "/city/m001/identity.toml")) {
    std::string name = to_hex(crypto::random<Salt>().view()).substr(0, 8);
    identity_.member = MemberId("new-" + name);
    identity_.message_key = crypto::SigningKey::generate(stage.suite());
    identity_.transport_key = crypto::CurveKey::generate();
  }

  schemas::Key listed(KeyUse use, const crypto::PublicKey& key) const {
    return {use, static_cast<std::uint8_t>(key.algorithm), key.octets};
  }

  Status state() {
    const crypto::CurveKey& transport = next_transport_ ? *next_transport_ : identity_.transport_key;
    schemas::Member member;
    member.names = {"新", "newcomer"};
    member.keys = {listed(KeyUse::kOffice, office_.public_key()),
                   listed(KeyUse::kMessage, identity_.message_key.public_key()),
                   listed(KeyUse::kCosign, cosign_.public_key()), listed(KeyUse::kSeal, seal_.public_key()),
                   listed(KeyUse::kTransport, transport.public_key())};
    member.valid_until = until_;
    const MemberId root(stage_.root_name());
    const crypto::SigningKey root_office = stage_.root_office();
    const schemas::Statement statement =
        stage_.statement(member, identity_.member.text, Role::kRootManager, root, ++version_, previous_);
    const exchange::OutMessage message = stage_.message(
        statement, {{Role::kRootManager, root, &root_office}, {Role::kMember, identity_.member, &office_}});
    previous_ = exchange::statement_digest(stage_.suite(), *message.envelope);
    root_->bundle({message});
    Seen told;
    root_->listen(told, 1);
    if (told.told.count("recorded") == 1) return {};
    return fail(ErrorKind::kFix, "the newcomer is not admitted: " +
                                     (told.told.empty() ? std::string("nothing came") : told.told.begin()->first));
  }

  Stage& stage_;
  crypto::SigningKey office_, cosign_;
  crypto::OpeningKey seal_;
  client::Identity identity_;
  std::optional<crypto::CurveKey> next_transport_;
  std::optional<Instant> until_;
  std::unique_ptr<Peer> root_;
  std::uint32_t version_ = 0;
  Digest previous_;
};

Status revoked_key(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto newcomer, Newcomer::admit(stage));
  TRY(newcomer->replace_transport());
  TRY_ASSIGN(const auto peer, Peer::connect(stage, newcomer->identity()));
  ++seen.done;
  if (peer->state() != net::LinkState::kUp) ++seen.closed;
  return {};
}

Status revoked_key_live(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto newcomer, Newcomer::admit(stage));
  TRY_ASSIGN(const auto peer, Peer::join(stage, newcomer->identity()));
  TRY(newcomer->replace_transport());
  ++seen.done;
  peer->control(MessageKind::kPing, schemas::Ping{1, {}});
  if (peer->closed_within(seconds(3))) ++seen.closed;
  return {};
}

Status expired_member(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto newcomer, Newcomer::admit(stage, milliseconds(400)));
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  TRY_ASSIGN(const auto peer, Peer::connect(stage, newcomer->identity()));
  peer->control(MessageKind::kHello, stage.hello(peer->who()));
  ++seen.done;
  peer->listen(seen, 1, seconds(2));
  if (seen.closed == 0 && peer->closed_within(seconds(2))) ++seen.closed;
  return {};
}

Status expired_member_live(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto newcomer, Newcomer::admit(stage, seconds(1)));
  TRY_ASSIGN(const auto peer, Peer::join(stage, newcomer->identity()));
  std::this_thread::sleep_for(std::chrono::milliseconds(1'100));
  ++seen.done;
  peer->control(MessageKind::kPing, schemas::Ping{1, {}});
  if (peer->closed_within(seconds(3))) ++seen.closed;
  return {};
}

// A Hello that is changed before it goes out.
Status greet(Stage& stage, Seen& seen, const MemberId& who, const std::function<void(schemas::Hello&)>& change) {
  TRY_ASSIGN(const auto peer, Peer::connect(stage, stage.identity(who)));
  schemas::Hello hello = stage.hello(peer->who());
  change(hello);
  peer->control(MessageKind::kHello, hello);
  ++seen.done;
  for (const Heard& one : peer->read(seconds(2), [&](const auto& heard) {
         return !heard.empty() && !words_of(heard.back().kind, heard.back().envelope).empty();
       }))
    if (const std::string what = words_of(one.kind, one.envelope); !what.empty()) seen.tell(what);
  if (peer->closed_within(seconds(2))) ++seen.closed;
  return {};
}

Status no_hello(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::connect(stage, stage.identity(kAttacker)));
  peer->bundle({stage.message(stage.request())});
  ++seen.done;
  for (const Heard& one : peer->read(seconds(2), [](const auto& heard) { return !heard.empty(); }))
    seen.tell(words_of(one.kind, one.envelope));
  return {};
}

Status second_hello(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  peer->control(MessageKind::kHello, stage.hello(peer->who()));
  ++seen.done;
  peer->listen(seen, 0);
  return {};
}

Status fifth_session(Stage& stage, Seen& seen) {
  std::vector<std::unique_ptr<Peer>> four;
  for (int i = 0; i < 4; ++i) {
    TRY_ASSIGN(auto peer, Peer::join(stage, stage.identity(kAttacker)));
    four.push_back(std::move(peer));
  }
  return greet(stage, seen, kAttacker, [](schemas::Hello&) {});
}

Status second_provider(Stage& stage, Seen& seen) {
  return greet(stage, seen, kHonest, [](schemas::Hello& hello) { hello.provides = {kHonestData}; });
}

Status silent_after_hello(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  ++seen.done;
  if (peer->closed_within(seconds(8))) ++seen.closed;  // reads, and answers no ping
  return {};
}

Status sixteen_drops(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (int i = 0; i < 16; ++i) peer->send(Bytes(100, 0xEE));
  ++seen.done;
  if (peer->closed_within(seconds(3))) ++seen.closed;
  return {};
}

}  // namespace

void add_credentials(Attacks& to) {
  to["revoked-key"] = revoked_key;
  to["revoked-key-live"] = revoked_key_live;
  to["expired-member"] = expired_member;
  to["expired-member-live"] = expired_member_live;
  to["wrong-member"] = [](Stage& stage, Seen& seen) {
    return greet(stage, seen, kAttacker, [](schemas::Hello& hello) { hello.member = kBystander; });
  };
  to["unknown-version"] = [](Stage& stage, Seen& seen) {
    return greet(stage, seen, kAttacker, [](schemas::Hello& hello) { hello.versions = {9}; });
  };
  to["anothers-dataset"] = [](Stage& stage, Seen& seen) {
    return greet(stage, seen, kAttacker, [](schemas::Hello& hello) { hello.provides = {kPlayedData}; });
  };
  to["no-hello"] = no_hello;
  to["second-hello"] = second_hello;
  to["fifth-session"] = fifth_session;
  to["second-provider"] = second_provider;
  to["silent-after-hello"] = silent_after_hello;
  to["sixteen-drops"] = sixteen_drops;
}

}  // namespace steelyard::hostile
