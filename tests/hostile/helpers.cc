// What drive.py needs of an attacker where files and processes are the case: the root manager as a member like any
// other, against a broker that has no other member.
#include "core/crypto/random.h"
#include "core/exchange/bundle.h"
#include "core/store/durable_file.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::Role;

schemas::Request question(Stage& stage) {
  const MemberId root(stage.root_name());
  schemas::Request request = stage.request(root, DatasetId("data-bureau/no-such"));
  return request;
}

Status send_frame(Stage& stage, Seen& seen, const Bytes& frame) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.root()));
  peer->send(frame);
  ++seen.done;
  peer->listen(seen, 1, seconds(20));
  return {};
}

Result<Bytes> framed(Stage& stage, const exchange::OutMessage& message) {
  return exchange::sign_member_frame(stage.suite(), stage.origin(), stage.root().member, stage.root().message_key,
                                     {&message, 1});
}

// A request that would be refused: decided, and so recorded.
Status probe(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const Bytes frame, framed(stage, stage.message(question(stage))));
  return send_frame(stage, seen, frame);
}

// The same, and its octets kept for `resend`.
Status probe_and_keep(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const Bytes frame, framed(stage, stage.message(question(stage))));
  TRY(store::write_file_durably(stage.world() + "/kept.frame", frame, 0600));
  return send_frame(stage, seen, frame);
}

Status resend(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const Bytes frame, store::read_file(stage.world() + "/kept.frame", 1 << 20));
  return send_frame(stage, seen, frame);
}

// Statements of 50 KB until the broker takes no request for want of room: statements it takes beyond that.
Status fill(Stage& stage, Seen& seen) {
  const crypto::SigningKey office = stage.root_office();
  const MemberId root(stage.root_name());
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.root()));
  schemas::PolicySet set{"permit (principal, action, resource);\n", {0}, std::nullopt};
  while (set.text.size() < 50'000) set.text += "// nothing is said here, at length and for nobody\n";
  Digest previous;
  for (std::uint32_t version = 1; version <= 800; ++version) {
    const auto statement = stage.statement(set, "baseline", Role::kRootManager, root, version, previous);
    const exchange::OutMessage message = stage.message(statement, {{Role::kRootManager, root, &office}});
    previous = exchange::statement_digest(stage.suite(), *message.envelope);
    peer->bundle({message});
    ++seen.done;
    if (!peer->wait_for(schemas::MessageKind::kRecorded, seconds(3))) break;
    if (version % 8 != 0) continue;
    Seen told;
    TRY_ASSIGN(const Bytes frame, framed(stage, stage.message(question(stage))));
    peer->send(frame);
    peer->listen(told, 1);
    if (told.told.count("rejected unavailable") == 1) break;
  }
  return {};
}

}  // namespace

void add_helpers(Attacks& to) {
  to["helper-probe"] = probe;
  to["helper-probe-and-keep"] = probe_and_keep;
  to["helper-resend"] = resend;
  to["helper-fill"] = fill;
}

}  // namespace steelyard::hostile
