#include "cli/session.h"

#include <algorithm>

#include "cli/folder.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {

namespace code = schemas::code;

Result<Session> Session::connect(Terminal& terminal, const std::string& home, Duration within) {
  TRY_ASSIGN(client::Identity identity, read_home(home));
  const std::string endpoint = identity.endpoint;
  TRY_ASSIGN(auto context, net::Context::open());
  client::NodeOptions options;
  options.software = "steelyard";
  TRY_ASSIGN(auto node, client::Node::open(*context, std::move(identity), options, terminal.clock));
  Session session(terminal, std::move(context), std::move(node));
  client::Node& up = *session.node_;
  TRY_ASSIGN(const bool done, session.run([](const client::Incoming&) {}, [&up] { return up.up(); }, within));
  if (!done)
    return tl::unexpected<Error>(schemas::error_of(
        code::broker_away,
        "no welcome from " + endpoint + " in time: is the broker up, and are this folder's keys registered?"));
  return session;
}

Status Session::tell_alarms() {
  for (const client::Alarm& alarm : node_->take_alarms()) {
    terminal_->err << "alarm " << alarm.slug << ": " << printable(alarm.what);
    if (!alarm.evidence_path.empty()) terminal_->err << " (evidence: " << alarm.evidence_path << ")";
    terminal_->err << "\n";
    if (alarm.slug == "log-contradicts")
      return tl::unexpected<Error>(schemas::error_of(code::verification_failed, alarm.what));
  }
  return {};
}

Result<bool> Session::run(const Handle& handle, const std::function<bool()>& done, Duration within) {
  const Duration until = terminal_->clock.monotonic() + within;
  while (!done()) {
    const Duration now = terminal_->clock.monotonic();
    if (now >= until) return false;
    TRY_ASSIGN(auto messages, node_->step(std::min(milliseconds(50), Duration{until.us - now.us})));
    for (const client::Incoming& message : messages) handle(message);
    TRY(tell_alarms());
  }
  return true;
}

// A rejection carries a code alone; our own fold of the same statements says which rule is broken.
Error Session::rejected(const schemas::Rejection& word, const exchange::StatementBytes& statement) const {
  const Status stands = registry().would_take(statement, terminal_->clock.wall());
  return schemas::error_of(word.code, "the broker rejected it" + (stands ? "" : ": " + stands.error().what));
}

Result<LogIndex> Session::submit(const exchange::StatementBytes& statement, Duration within) {
  using schemas::MessageKind;
  const crypto::Suite& suite = registry().suite();
  const Digest digest =
      exchange::message_digest(suite, MessageKind::kStatement, statement.document, statement.signatures);
  const exchange::OutMessage message{MessageKind::kStatement,
                                     std::make_shared<const Bytes>(statement.document),
                                     std::make_shared<const Bytes>(statement.signatures),
                                     {}};
  std::optional<LogIndex> recorded;
  std::optional<Error> refused;
  const Handle handle = [&](const client::Incoming& incoming) {
    if (!incoming.by_broker) return;
    if (incoming.kind == MessageKind::kRecorded) {
      auto word = schemas::decode<schemas::Recorded>(incoming.envelope);
      if (word && word->digest == digest) recorded = word->index;
    } else if (incoming.kind == MessageKind::kRejection) {
      auto word = schemas::decode<schemas::Rejection>(incoming.envelope);
      if (word && word->rejected == digest) refused = rejected(*word, statement);
    }
  };
  // The queue goes with its session, so what was sent is sent again in the next.
  std::optional<std::uint64_t> sent_in;
  const auto done = [&] {
    if (node_->up() && sent_in != node_->session()) {
      node_->send(message);
      sent_in = node_->session();
    }
    if (refused) return true;
    return recorded && registry().epoch() != kNoIndex && registry().epoch() >= *recorded;
  };
  TRY_ASSIGN(const bool in_time, run(handle, done, within));
  if (refused) return tl::unexpected(std::move(*refused));
  if (recorded) return *recorded;
  if (!in_time)
    return tl::unexpected<Error>(schemas::error_of(
        code::timed_out, "no word from the broker about this statement; submitting it again is safe"));
  return *recorded;
}

}  // namespace steelyard::cli
