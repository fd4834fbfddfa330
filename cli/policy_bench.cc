// steelyard policy bench: what deciding costs, with policies and requests that are given, or with as many agreements as
// are wanted.
#include "cli/policy.h"

#include "cli/policy_input.h"
#include "cli/policy_measure.h"
#include "cli/ticks.h"

namespace steelyard::cli {
namespace {

constexpr std::int64_t kAgreementsMax = 1'000'000, kDecisionsMax = 100'000'000;
constexpr std::size_t kChanges = 100;
constexpr std::size_t kFieldsOf = 5;  // so many decisions for each call that asks for all fields of a dataset

struct Options {
  PoliciesOptions policies;
  std::string entities, requests;
  std::int64_t agreements = 0;
  std::int64_t decisions = 1'000'000;
  std::int64_t seed = 1;
};

json::Value ns(double value) { return json::Value::real(value, 0); }

void add(Table& table, const std::string& what, const Spread& spread, json::Value policies) {
  table.rows.push_back({what, ns(spread.mean), ns(spread.p50), ns(spread.p99), std::move(policies)});
}

void add(Table& table, const std::string& what, const Measured& measured) {
  add(table, what, measured.ns, json::Value::real(measured.looked_at, 2));
}

Table new_table() { return {{"what", "mean_ns", "p50_ns", "p99_ns", "policies"}, {}}; }

Status bench_given(Terminal& terminal, const Options& options, const policy::PolicySet& policies) {
  TRY_ASSIGN(const policy::Entities entities, read_entities(options.entities, {}));
  TRY_ASSIGN(const std::vector<policy::Request> requests, read_requests(options.requests, {}));
  if (requests.empty()) return usage(options.requests + ": there is no request in it");
  const auto decisions = static_cast<std::size_t>(options.decisions);
  Table table = new_table();
  add(table, "the first request again and again", measure_hot(entities, policies, requests.front(), decisions));
  const Draw in_turn = [&requests](std::size_t nth) { return requests[nth % requests.size()]; };
  const Measured each = measure_each(entities, policies, in_turn, decisions);
  add(table, "all requests in turn", each);
  terminal.err << each.decisions << " decisions in turn: " << each.allowed << " to allow, " << each.erred
               << " with errors\n";
  print(terminal, table);
  return {};
}

Status bench_agreements(Terminal& terminal, const Options& options, policy::PolicySet& policies) {
  const PolicyWorld world(static_cast<std::size_t>(options.agreements));
  policy::Entities entities;
  TRY(world.put_entities(entities));
  const std::uint64_t began = Ticks::now();
  TRY(world.put_agreements(policies));
  const double start_ms = Ticks::nanoseconds(began, Ticks::now()) / 1e6;
  terminal.err << world.agreements() << " agreements took effect in " << json::dump(json::Value::real(start_ms, 0))
               << " ms; reading the clock costs " << json::dump(json::Value::real(Ticks::own_ns(), 1))
               << " ns, taken off\n";
  const auto decisions = static_cast<std::size_t>(options.decisions);
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const Measured random = measure_random(world, entities, policies, decisions, seed);
  if (!random.as_expected)
    return fail(ErrorKind::kFix,
                "beside these policies agreements are not all that decides: measure the baseline, or "
                "name requests of your own");
  Table table = new_table();
  add(table, "one request again and again", measure_hot(entities, policies, world.granted_request(), decisions));
  add(table, "requests at random", random);
  const std::size_t calls = decisions / kFieldsOf + 1;
  add(table, "20 fields of one dataset, again and again", measure_fields(world, entities, policies, calls, true, seed));
  add(table, "20 fields of a dataset at random", measure_fields(world, entities, policies, calls, false, seed));
  const Changed changed = measure_changes(world, entities, policies, kChanges, seed);
  add(table, "an agreement takes effect, or ends", changed.effect_ns, json::Value());
  add(table, "requests at random, on a thread of their own", changed.idle_ns, json::Value());
  add(table, "the same while agreements come and go", changed.meanwhile_ns, json::Value());
  print(terminal, table);
  return {};
}

Status bench(Terminal& terminal, const Options& options) {
  const bool given = !options.requests.empty();
  if (given == (options.agreements != 0) || (!given && !options.entities.empty()))
    return usage("name --requests with --entities to measure what is given, or --agreements to have them made");
  if (options.agreements < 0 || options.agreements > kAgreementsMax)
    return usage("--agreements must be 1 to " + std::to_string(kAgreementsMax));
  if (options.decisions < 1 || options.decisions > kDecisionsMax)
    return usage("--decisions must be 1 to " + std::to_string(kDecisionsMax));
  TRY_ASSIGN(const policy::PolicyDocument document, read_policies(options.policies));
  TRY_ASSIGN(policy::PolicySet policies, policy::compile(document));
  return given ? bench_given(terminal, options, policies) : bench_agreements(terminal, options, policies);
}

}  // namespace

void register_policy_bench(Command& noun) {
  auto options = std::make_shared<Options>();
  Command command = noun.verb("bench", "measures what deciding costs",
                              "  steelyard policy bench -p deploy/policies/baseline.cedar --agreements 100000\n"
                              "  steelyard policy bench -p p.cedar --entities e.json --requests r.json -o json\n");
  options->policies.declare(command);
  command.option("--entities", options->entities, "file of entities, in JSON");
  command.option("--requests", options->requests, "file of requests, an array of what --request-json takes");
  command.option("--agreements", options->agreements,
                 "so many agreements beside the policies, with entities and requests for them");
  command.option("--decisions", options->decisions, "how many are timed");
  command.option("--seed", options->seed, "of requests at random");
  command.runs([options](Terminal& terminal) { return bench(terminal, *options); });
}

}  // namespace steelyard::cli
