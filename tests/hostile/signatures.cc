// Attacks on whose word a message is: bundles, keys, statements, payloads.
#include "core/crypto/random.h"
#include "core/exchange/bundle.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::KeyUse;
using schemas::MessageKind;
using schemas::Role;

constexpr std::size_t kSignatureAt = 14;  // docs/formats/frame.md

// One frame by the attacker's session, and how many words are to come of it.
Status send(Stage& stage, Seen& seen, const std::vector<Bytes>& frames, std::size_t words) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (const Bytes& frame : frames) {
    peer->send(frame);
    ++seen.done;
  }
  peer->listen(seen, words);
  return {};
}

Bytes signed_by(Stage& stage, const MemberId& author, const crypto::SigningKey& key,
                const std::vector<exchange::OutMessage>& messages) {
  return exchange::sign_member_frame(stage.suite(), stage.origin(), author, key, messages);
}

Bytes good_frame(Stage& stage) {
  return signed_by(stage, kAttacker, stage.identity(kAttacker).message_key, {stage.message(stage.request())});
}

Bytes with_key_id(Bytes frame, const KeyId& id) {
  std::copy(id.octets.begin(), id.octets.end(), frame.begin() + 6);
  return frame;
}

Status of_another_member(Stage& stage, Seen& seen) {
  const Bytes frame =
      signed_by(stage, kAttacker, stage.identity(kBystander).message_key, {stage.message(stage.request())});
  return send(stage, seen, {with_key_id(frame, stage.identity(kAttacker).message_key.id())}, 1);
}

Status bundle_of_another_member(Stage& stage, Seen& seen) {
  const exchange::OutMessage theirs = stage.message(stage.request(kBystander));
  return send(stage, seen, {signed_by(stage, kBystander, stage.identity(kBystander).message_key, {theirs})}, 1);
}

Status author_of_another_member(Stage& stage, Seen& seen) {
  schemas::Request request = stage.request();
  request.head.author = kBystander;
  return send(stage, seen,
              {signed_by(stage, kAttacker, stage.identity(kAttacker).message_key, {stage.message(request)})}, 1);
}

Status another_key_of_the_member(Stage& stage, Seen& seen) {
  const client::Identity& who = stage.identity(kAttacker);
  if (!who.cosign_key) return fail(ErrorKind::kFix, "the attacker has no cosigning key");
  const Bytes frame = signed_by(stage, kAttacker, *who.cosign_key, {stage.message(stage.request())});
  return send(stage, seen, {frame, with_key_id(frame, who.message_key.id())}, 2);
}

Status malleated(Stage& stage, Seen& seen) {
  // The order of the group, little-endian (RFC 8032 §5.1): s + L verifies wherever s does, if nobody looks at s.
  const auto order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  Bytes frame = good_frame(stage);
  int carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += frame[kSignatureAt + 32 + i] + (*order)[i];
    frame[kSignatureAt + 32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  return send(stage, seen, {frame}, 1);
}

// All points whose order divides 8, in every encoding that some library takes (core/crypto/keys_test.cc names them).
std::vector<Bytes> small_points() {
  std::vector<Bytes> points;
  for (const char* hex : {"0000000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000000",
                          "0100000000000000000000000000000000000000000000000000000000000080",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                          "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
                          "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
                          "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"})
    points.push_back(*from_hex(hex));
  return points;
}

Status small_order_signature(Stage& stage, Seen& seen) {
  std::vector<Bytes> frames;
  for (const Bytes& point : small_points()) {
    Bytes frame = good_frame(stage);
    std::copy(point.begin(), point.end(), frame.begin() + kSignatureAt);
    std::fill_n(frame.begin() + kSignatureAt + 32, 32, std::uint8_t{0});
    frames.push_back(std::move(frame));
  }
  return send(stage, seen, frames, frames.size());
}

Status small_order_key(Stage& stage, Seen& seen) {
  const auto office = crypto::SigningKey::generate(stage.suite());
  const auto cosign = crypto::SigningKey::generate(stage.suite());
  const auto seal = crypto::OpeningKey::generate(stage.suite());
  const auto transport = crypto::CurveKey::generate();
  const crypto::SigningKey root_office = stage.root_office();
  const MemberId root(stage.root_name());
  const auto listed = [](KeyUse use, const crypto::PublicKey& key) {
    return schemas::Key{use, static_cast<std::uint8_t>(key.algorithm), key.octets};
  };
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.root()));
  for (const Bytes& point : small_points()) {
    const MemberId name("small-" + to_hex(crypto::random<Salt>().view()).substr(0, 8));
    schemas::Member member;
    member.names = {"小", "small"};
    member.keys = {listed(KeyUse::kOffice, office.public_key()),
                   {KeyUse::kMessage, 1, point},
                   listed(KeyUse::kCosign, cosign.public_key()),
                   listed(KeyUse::kSeal, seal.public_key()),
                   listed(KeyUse::kTransport, transport.public_key())};
    const auto statement = stage.statement(member, name.text, Role::kRootManager, root);
    peer->bundle(
        {stage.message(statement, {{Role::kRootManager, root, &root_office}, {Role::kMember, name, &office}})});
    ++seen.done;
  }
  peer->listen(seen, seen.done);
  return {};
}

// A proof stands in what the broker forwards; in a member's own frame it is a claim that nobody asked for.
Status proof_in_a_member_frame(Stage& stage, Seen& seen) {
  const client::Identity& who = stage.identity(kAttacker);
  const exchange::OutMessage message = stage.message(stage.request());
  const Bytes bare = signed_by(stage, kAttacker, who.message_key, {message});
  const auto frame_with = [&](std::uint16_t index, std::uint16_t size, std::size_t path) {
    Bytes frame = bare;
    frame[78 + 1] = 1;  // flagged
    Bytes proof{static_cast<std::uint8_t>(kAttacker.text.size())};
    append(proof, as_bytes(kAttacker.text));
    append(proof, who.message_key.id().view());
    put_le(proof, index);
    put_le(proof, size);
    append(proof, ByteView(bare).subspan(kSignatureAt, 64));
    proof.resize(proof.size() + 32 * path, 7);
    frame.insert(frame.begin() + 78 + 12, proof.begin(), proof.end());
    return frame;
  };
  return send(stage, seen, {frame_with(0, 1, 0), frame_with(0, 1, 9), frame_with(5, 4, 2), frame_with(0, 0xFFFF, 16)},
              0);
}

std::vector<exchange::OutMessage> many(Stage& stage, bool malformed) {
  std::vector<exchange::OutMessage> messages;
  for (std::size_t i = 0; i < limits::kFrameMessagesMax; ++i) {
    exchange::OutMessage message = stage.message(stage.request(), Bytes(16, 1));
    if (malformed) message.envelope = std::make_shared<const Bytes>(Bytes(100, static_cast<std::uint8_t>(i)));
    messages.push_back(std::move(message));
  }
  return messages;
}

Status bundle_of_bad_messages(Stage& stage, Seen& seen) {
  TRY(send(stage, seen, {signed_by(stage, kAttacker, stage.identity(kAttacker).message_key, many(stage, true))},
           limits::kFrameMessagesMax));
  seen.done = limits::kFrameMessagesMax;
  return {};
}

Status badly_signed_bundle(Stage& stage, Seen& seen) {
  Bytes frame = signed_by(stage, kAttacker, stage.identity(kAttacker).message_key, many(stage, false));
  frame[kSignatureAt] ^= 1;
  return send(stage, seen, {frame}, 1);
}

schemas::Statement small_statement(Stage& stage) {
  const std::string id = "app-" + to_hex(crypto::random<Salt>().view()).substr(0, 8);
  return stage.statement(schemas::Application{kAttacker, {"应用", "application"}}, id, Role::kMember, kAttacker);
}

Status send_statements(Stage& stage, Seen& seen, const std::vector<exchange::OutMessage>& statements) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (const auto& one : statements) peer->bundle({one});
  seen.done = statements.size();
  peer->listen(seen, seen.done);
  return {};
}

Status statement_by_no_office(Stage& stage, Seen& seen) {
  const crypto::SigningKey root = stage.root_office();
  const crypto::SigningKey& message_key = stage.identity(kAttacker).message_key;
  const schemas::Statement statement = small_statement(stage);
  return send_statements(stage, seen,
                         {stage.message(statement, {{Role::kMember, kAttacker, &message_key}}),
                          stage.message(statement, {}), stage.message(statement, {{Role::kMember, kAttacker, &root}})});
}

Status statement_of_another_network(Stage& stage, Seen& seen) {
  const crypto::SigningKey office = stage.root_office();
  const MemberId root(stage.root_name());
  const std::vector<Stage::Signer> signers{{Role::kRootManager, root, &office}};
  schemas::Vocabulary term{schemas::VocabularyKind::kReason, "hostile", {"敌", "hostile"}, "", {}, {}, {}};
  schemas::Statement foreign = stage.statement(term, "reason/hostile", Role::kRootManager, root);
  foreign.head.network = crypto::random<Digest>();
  const schemas::Statement skips =
      stage.statement(term, "reason/hostile", Role::kRootManager, root, 7, crypto::random<Digest>());
  term.kind = schemas::VocabularyKind::kPurpose;
  term.id = "bench-purpose";
  const schemas::Statement changes = stage.statement(term, "purpose/bench-purpose", Role::kRootManager, root);
  return send_statements(
      stage, seen, {stage.message(foreign, signers), stage.message(skips, signers), stage.message(changes, signers)});
}

Status policy_bad_statement(Stage& stage, Seen& seen) {
  const crypto::SigningKey office = stage.root_office();
  const MemberId root(stage.root_name());
  std::vector<exchange::OutMessage> statements;
  // An owner's set whose scope is everybody's data may stand, and takes no effect (docs/formats/policy.md): not here.
  for (const char* text : {"permit (principal, action, resource", "", "allow all;",
                           "permit (principal == Nobody::\"x\", action, resource) when { 1 + };"}) {
    const schemas::PolicySet set{text, {0}, std::nullopt};
    statements.push_back(stage.message(stage.statement(set, "baseline", Role::kRootManager, root, 2, {}),
                                       {{Role::kRootManager, root, &office}}));
  }
  return send_statements(stage, seen, statements);
}

Status payload_stolen(Stage& stage, Seen& seen) {
  // As the bystander sealed it to the owner, under the attacker's own envelope: the seal names who it is from.
  TRY_ASSIGN(const exchange::OutMessage stolen, stage.sealed(stage.request(), kBystander));
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  peer->bundle({stolen});
  ++seen.done;
  peer->listen(seen, 1);
  return {};
}

Status wrong_head(Stage& stage, Seen& seen, const std::function<void(schemas::Head&)>& change) {
  schemas::Request request = stage.request();
  change(request.head);
  return send(stage, seen,
              {signed_by(stage, kAttacker, stage.identity(kAttacker).message_key, {stage.message(request)})}, 1);
}

}  // namespace

void add_signatures(Attacks& to) {
  to["signature-of-another-member"] = of_another_member;
  to["bundle-of-another-member"] = bundle_of_another_member;
  to["replay-by-another-member"] = bundle_of_another_member;
  to["author-of-another-member"] = author_of_another_member;
  to["another-key-of-the-member"] = another_key_of_the_member;
  to["signature-malleated"] = malleated;
  to["signature-small-order"] = small_order_signature;
  to["key-of-small-order"] = small_order_key;
  to["proof-in-a-member-frame"] = proof_in_a_member_frame;
  to["bundle-of-bad-messages"] = bundle_of_bad_messages;
  to["bundle-of-512-badly-signed"] = badly_signed_bundle;
  to["statement-by-no-office"] = statement_by_no_office;
  to["statement-of-another-network"] = statement_of_another_network;
  to["policy-bad-statement"] = policy_bad_statement;
  to["payload-stolen"] = payload_stolen;
  to["wrong-origin"] = [](Stage& stage, Seen& seen) {
    return wrong_head(stage, seen, [](schemas::Head& head) { head.origin = "log.elsewhere.example"; });
  };
  to["wrong-recipient"] = [](Stage& stage, Seen& seen) {
    return wrong_head(stage, seen, [](schemas::Head& head) { head.recipient = kOwnerPlayed; });
  };
}

}  // namespace steelyard::hostile
