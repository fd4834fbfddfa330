// What deciding costs, by Google Benchmark: sets of 10, 1,000 and 100,000 agreements beside the baseline, as
// cli/policy_world.h makes them.
//
//   bench-policy BASELINE [options of Google Benchmark]   the table
//   bench-policy BASELINE --quick                         what can be told exactly, and times with much room; exit code
//   1
//                                                         where it is not so
//   bench-policy BASELINE --write DIR AGREEMENTS REQUESTS  policies and requests as files, for another engine
//
// Each row times through cli/policy_measure.h, with a clock of its own: what Google Benchmark calls time is the mean.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <sstream>

#include "cli/policy_measure.h"
#include "cli/ticks.h"
#include "core/base/check.h"
#include "core/exchange/agreement_policy.h"
#include "core/json/json.h"
#include "policy/authorizer.h"
#include "policy/est/expr_writer.h"
#include "policy/parser.h"
#include "tests/bench/allocations.h"

using namespace steelyard;

namespace {

constexpr std::uint64_t kSeed = 1;
constexpr double kMiB = 1 << 20;

std::string read(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  CHECK(in.good());
  return text.str();
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// A world with its entities and policies, and what it took to put the agreements in.
struct Set {
  Set(const std::string& baseline, std::size_t agreements) : world(agreements) {
    CHECK(world.put_entities(entities).has_value());
    auto parsed = policy::parse_policies(baseline, "policy:baseline#");
    CHECK(parsed.has_value());
    for (policy::Policy& one : *parsed) policies.put(std::move(one));
    const auto before = bench::allocations();
    const std::size_t resident = resident_bytes();
    for (std::size_t i = 0; i < agreements; ++i) {  // from what the registry holds, as the gate does
      const schemas::Agreement agreement = world.agreement(i);
      const std::uint64_t began = cli::Ticks::now();
      CHECK(policies.put(cli::PolicyWorld::policy_id(i), exchange::agreement_policy(agreement)).has_value());
      start_s += cli::Ticks::nanoseconds(began, cli::Ticks::now()) / 1e9;
    }
    counted_bytes = static_cast<std::size_t>(bench::allocations().bytes_held - before.bytes_held);
    rss_bytes = resident_bytes() - resident;
  }

  cli::PolicyWorld world;
  policy::Entities entities;
  policy::PolicySet policies;
  double start_s = 0;  // printing, parsing and compiling all of them
  std::size_t counted_bytes, rss_bytes;
};

class Sets {
 public:
  explicit Sets(std::string baseline) : baseline_(std::move(baseline)) {}

  Set& of(std::size_t agreements) {
    auto& set = sets_[agreements];
    if (set == nullptr) set = std::make_unique<Set>(baseline_, agreements);
    return *set;
  }

 private:
  std::string baseline_;
  std::map<std::size_t, std::unique_ptr<Set>> sets_;
};

void tell(benchmark::State& state, const cli::Spread& ns) {
  state.SetIterationTime(ns.mean / 1e9);
  state.counters["p50_ns"] = ns.p50;
  state.counters["p99_ns"] = ns.p99;
}

void tell(benchmark::State& state, const cli::Measured& measured) {
  CHECK(measured.as_expected && measured.erred == 0);
  tell(state, measured.ns);
  state.counters["policies"] = measured.looked_at;
}

template <class Measure>
void add(const std::string& name, Sets& sets, std::size_t agreements, Measure measure) {
  benchmark::RegisterBenchmark(fmt::format("{}/{}", name, agreements).c_str(),
                               [&sets, agreements, measure](auto& state) {
                                 Set& set = sets.of(agreements);
                                 for (auto each : state) measure(state, set);
                               })
      ->Iterations(1)
      ->UseManualTime();
}

void register_rows(Sets& sets) {
  using benchmark::State;
  for (const std::size_t agreements : {10, 1'000, 100'000}) {
    add("start", sets, agreements, [](State& state, const Set& set) {
      state.SetIterationTime(set.start_s);
      state.counters["counted_MiB"] = static_cast<double>(set.counted_bytes) / kMiB;
      state.counters["rss_MiB"] = static_cast<double>(set.rss_bytes) / kMiB;
      state.counters["shapes"] = static_cast<double>(set.policies.shapes());
    });
    add("hot", sets, agreements, [](State& state, const Set& set) {
      tell(state, cli::measure_hot(set.entities, set.policies, set.world.granted_request(), 2'000'000));
    });
    add("random", sets, agreements, [](State& state, const Set& set) {
      tell(state, cli::measure_random(set.world, set.entities, set.policies, 1'000'000, kSeed));
    });
    for (const bool hot : {true, false})
      add(hot ? "20_fields_hot" : "20_fields_random", sets, agreements, [hot](State& state, const Set& set) {
        tell(state, cli::measure_fields(set.world, set.entities, set.policies, 200'000, hot, kSeed));
      });
    add("change", sets, agreements, [](State& state, Set& set) {
      const auto changed = cli::measure_changes(set.world, set.entities, set.policies, 200, kSeed);
      CHECK(changed.as_expected);
      tell(state, changed.effect_ns);
      state.counters["most_ns"] = changed.effect_ns.most;
      state.counters["idle_p99_ns"] = changed.idle_ns.p99;
      state.counters["meanwhile_p99_ns"] = changed.meanwhile_ns.p99;
    });
  }
}

// What must hold on any machine, however busy: counts exactly, times with room for a slow and shared one.
int check_quickly(const std::string& baseline) {
  int failed = 0;
  const auto want = [&failed](bool holds, const std::string& what) {
    std::cout << (holds ? "ok    " : "FAILED ") << what << "\n";
    failed += holds ? 0 : 1;
  };
  Sets sets(baseline);
  for (const std::size_t agreements : {10, 5'000}) {
    Set& set = sets.of(agreements);
    const auto random = cli::measure_random(set.world, set.entities, set.policies, 20'000, kSeed);
    want(random.as_expected, fmt::format("{} agreements: 20,000 decisions are as they say", agreements));
    want(random.looked_at_max == 6, fmt::format("{} policies looked at for one decision, at most: the baseline's five "
                                                "and the agreement's",
                                                random.looked_at_max));
    want(random.ns.p50 < 100'000, fmt::format("p50 {:.0f} ns", random.ns.p50));
    const auto fields = cli::measure_fields(set.world, set.entities, set.policies, 2'000, false, kSeed);
    want(fields.as_expected, "20 fields in one call are all granted");
    want(fields.looked_at_max == 5 + cli::PolicyWorld::kGranted,
         fmt::format("{} policies looked at for 20 fields", fields.looked_at_max));

    const policy::Request request = set.world.request(3, 2);
    std::vector<policy::EntityUid> resources;
    for (std::size_t field = 0; field < cli::PolicyWorld::kFields; ++field)
      resources.push_back(set.world.field(3, field));
    const auto before = bench::allocations();
    policy::Decider decider(request, set.entities, set.policies);
    std::size_t allowed = 0;
    for (const policy::EntityUid& resource : resources) allowed += decider.decide_briefly(resource).allow ? 1 : 0;
    const auto after = bench::allocations();
    want(allowed == cli::PolicyWorld::kGranted, fmt::format("{} of 24 fields are granted", allowed));
    want(after.count == before.count, fmt::format("{} allocations meanwhile", after.count - before.count));
  }
  Set& set = sets.of(5'000);
  want(set.counted_bytes < set.world.agreements() * 1'048,
       fmt::format("{} octets for one agreement", set.counted_bytes / set.world.agreements()));
  const auto changed = cli::measure_changes(set.world, set.entities, set.policies, 20, kSeed);
  want(changed.as_expected, "agreements take effect and end while another thread decides");
  want(changed.effect_ns.p50 < 500e6, fmt::format("within {:.0f} µs", changed.effect_ns.p50 / 1e3));
  return failed == 0 ? 0 : 1;
}

json::Value uid_json(const policy::EntityUid& uid) { return policy::est::entity_to_json(uid); }

json::Value value_json(const policy::Value& value) {
  using policy::Type;
  switch (value.type()) {
    case Type::kBool: return value.as_bool();
    case Type::kLong: return value.as_integer();
    case Type::kString: return value.as_string();
    case Type::kEntity: return json::object({{"__entity", uid_json(value.as_entity())}});
    case Type::kRecord: {
      json::Value record = json::object({});
      for (const auto& [name, held] : value.as_record()) record.set(name, value_json(held));
      return record;
    }
    case Type::kDatetime:
      return json::object(
          {{"__extn", json::object({{"fn", "datetime"}, {"arg", policy::ext::to_text(value.as_datetime())}})}});
    default: CHECK(false);
  }
}

// What a request's decision looks at: its entities and all they are in, and the dataset's.
json::Value slice(const policy::Entities& entities, const policy::Request& request) {
  json::Value all = json::array();
  const auto put = [&](const policy::EntityUid& uid) {
    const auto* known = entities.find(uid);
    if (known == nullptr) return;
    json::Value parents = json::array();
    for (const auto& ancestor : known->ancestors()) parents.push(uid_json(ancestor.uid));
    all.push(json::object({{"uid", uid_json(uid)}, {"attrs", value_json(known->attributes)}, {"parents", parents}}));
  };
  for (const policy::EntityUid* uid : {&request.principal, &request.action, &request.resource}) {
    put(*uid);
    for (const auto& ancestor : entities.find(*uid)->ancestors()) put(ancestor.uid);
  }
  return all;
}

int write(const std::string& baseline, const std::string& dir, std::size_t agreements, std::size_t requests) {
  Set set(baseline, agreements);
  std::ofstream texts(dir + "/policies.jsonl"), asked(dir + "/requests.jsonl");
  for (std::size_t i = 0; i < agreements; ++i)
    texts << json::dump(json::object({{"id", cli::PolicyWorld::policy_id(i)}, {"text", set.world.policy_text(i)}}))
          << "\n";
  std::mt19937_64 random(kSeed);
  for (std::size_t i = 0; i < requests; ++i) {
    const std::size_t agreement = random() % agreements, field = random() % cli::PolicyWorld::kFields;
    const policy::Request request = set.world.request(agreement, field);
    asked << json::dump(json::object({{"principal", uid_json(request.principal)},
                                      {"action", uid_json(request.action)},
                                      {"resource", uid_json(request.resource)},
                                      {"context", value_json(request.context)},
                                      {"entities", slice(set.entities, request)},
                                      {"allow", set.world.granted(agreement, field)}}))
          << "\n";
  }
  return texts.flush() && asked.flush() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: bench-policy BASELINE [--quick | --write DIR AGREEMENTS REQUESTS | options of the library]\n";
    return 2;
  }
  const std::string baseline = read(argv[1]);
  const std::string mode = argc > 2 ? argv[2] : "";
  if (mode == "--quick") return check_quickly(baseline);
  if (mode == "--write" && argc == 6) return write(baseline, argv[3], std::stoul(argv[4]), std::stoul(argv[5]));
  argv[1] = argv[0];
  --argc;
  ++argv;
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  Sets sets(baseline);
  register_rows(sets);
  benchmark::AddCustomContext("clock_ns", fmt::format("{:.1f}, taken off", cli::Ticks::own_ns()));
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
