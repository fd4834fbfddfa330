// The neighbour: a consumer that keeps to all rules and asks at a steady pace, whatever goes on around it.
//
// One line on stdout for each question, when its outcome is known: microseconds (monotonic) when it was asked, how long
// it took, before when nothing is open any more, and how it ended: ok, or "refused slug", "rejected slug", "timed-out",
// "away", "full" (its window).
#include <atomic>
#include <csignal>
#include <cstdio>

#include "core/client/consumer.h"
#include "schemas/errors.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

std::atomic<bool> stopping{false};
constexpr std::size_t kOpenMax = 256;  // it has a window, as any

client::Query question() {
  client::Query query;
  query.application = ApplicationId("app-m000");
  query.dataset = kHonestData;
  query.purpose = PurposeId("bench-purpose");
  for (const char* field : {"k", "f1", "f2", "f3"}) query.fields.push_back(FieldName(field));
  query.parameters = {{FieldName("k"), schemas::Compare::kEq, {std::string("k00000003")}}};
  query.operator_id = "operator-0001";
  query.life = seconds(20);
  return query;
}

std::string how(const client::Outcome& outcome) {
  const std::string slug(schemas::slug_of(outcome.code));
  switch (outcome.kind) {
    case client::OutcomeKind::kAnswered: return outcome.rows.count == 1 && outcome.code == 0 ? "ok" : "wrong rows";
    case client::OutcomeKind::kRefused: return "refused " + slug;
    case client::OutcomeKind::kRejected: return "rejected " + slug;
    case client::OutcomeKind::kTimedOut: return "timed-out";
  }
  return "?";
}

}  // namespace

Status ask_steadily(Stage& stage, Duration every) {
  std::signal(SIGTERM, [](int) { stopping = true; });
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  TRY_ASSIGN(auto identity, client::read_identity_file(stage.world() + "/city/m000/identity.toml"));
  client::NodeOptions options;
  options.software = "neighbour";
  options.keep_state = false;
  TRY_ASSIGN(const auto node, client::Node::open(stage.context(), std::move(identity), options, stage.clock()));
  client::Consumer consumer(*node, nullptr, {.keep_receipts = false, .prove = true});
  std::map<ExchangeId, Duration> asked;
  Duration due = stage.clock().monotonic();
  const auto line = [&](Duration at, Duration took, const std::string& what) {
    Duration oldest = stage.clock().monotonic();
    for (const auto& [id, since] : asked) oldest = std::min(oldest, since);
    std::printf("%lld %lld %lld %s\n", static_cast<long long>(at.us), static_cast<long long>(took.us),
                static_cast<long long>(oldest.us), what.c_str());
  };
  while (!stopping) {
    const Duration now = stage.clock().monotonic();
    if (due <= now) {
      due = std::max(due + every, now - seconds(1));  // what could not be asked in time is not made up for
      if (node->up() && consumer.open() < kOpenMax) {
        TRY_ASSIGN(const ExchangeId id, consumer.ask(question()));
        asked.emplace(id, now);
      } else {
        line(now, {}, node->up() ? "full" : "away");
      }
    }
    TRY_ASSIGN(const auto incoming, node->step(std::max(Duration{0}, due - stage.clock().monotonic())));
    for (const client::Incoming& message : incoming) consumer.handle(message);
    consumer.tick();
    for (const client::Outcome& outcome : consumer.take_outcomes()) {
      const Duration at = asked[outcome.id];
      asked.erase(outcome.id);
      line(at, outcome.took, how(outcome));
    }
    for (const client::Alarm& alarm : node->take_alarms()) line(now, {}, "alarm " + alarm.slug);
  }
  return {};
}

}  // namespace steelyard::hostile
