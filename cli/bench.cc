#include "cli/bench.h"

#include "cli/bench_drive.h"
#include "cli/bench_events.h"
#include "cli/bench_world.h"
#include "cli/value_text.h"

namespace steelyard::cli {
namespace {

struct Numbers {  // as the command line takes them
  std::int64_t members = 4, consumers = 2, first_owner = 2, datasets = 250, agreements = 1'000, rows = 200;
  std::int64_t rows_per_day = 0;
  std::int64_t window = 64, window_max = 0, threads = 0, seconds = 10, warmup = 2, seed = 1;
  std::int64_t rate = 0, connect = 60;
};

Status in_range(std::int64_t value, std::int64_t min, std::int64_t max, const char* name) {
  if (value >= min && value <= max) return {};
  return usage(std::string(name) + " must be " + std::to_string(min) + " to " + std::to_string(max));
}

Result<std::vector<schemas::Action>> actions_of(const std::string& text) {
  std::vector<schemas::Action> actions;
  for (const std::string& name : split(text, ',')) {
    const auto action = schemas::action_named(name);
    if (!action) return usage("--actions: `" + name + "` is no action");
    actions.push_back(*action);
  }
  if (actions.empty()) return usage("--actions: name at least one");
  return actions;
}

void register_prepare(Command& bench) {
  auto options = std::make_shared<BenchWorldOptions>();
  auto actions = std::make_shared<std::string>("query");
  auto numbers = std::make_shared<Numbers>();
  bench
      .verb("prepare", "make members, datasets and active agreements to measure with",
            "steelyard bench prepare --root-office root --baseline deploy/policies/baseline.cedar --out world")
      .required("--root-office", options->root_office, "folder of the root manager's office")
      .required("--baseline", options->baseline, "Cedar file of the baseline, published if there is none")
      .required("--out", options->out, "folder to make")
      .option("--members", numbers->members, "members")
      .option("--consumers", numbers->consumers, "members 0 .. N-1 ask")
      .option("--first-owner", numbers->first_owner, "members N .. own datasets")
      .option("--datasets", numbers->datasets, "of each owner")
      .option("--agreements", numbers->agreements, "active agreements in all")
      .option("--rows", numbers->rows, "of each dataset")
      .option("--actions", *actions, "that each agreement lets, with commas: query, verify, subscribe")
      .option("--rows-per-day", numbers->rows_per_day,
              "limit every other dataset, in agreements and catalogue by turns, to N times its number; 0: none")
      .runs([options, numbers, actions](Terminal& terminal) -> Status {
        TRY(in_range(numbers->members, 2, 1'000, "--members"));
        TRY(in_range(numbers->consumers, 1, numbers->members, "--consumers"));
        TRY(in_range(numbers->first_owner, 0, numbers->members - 1, "--first-owner"));
        TRY(in_range(numbers->datasets, 1, 1'000, "--datasets"));
        TRY(in_range(numbers->agreements, 1, 99'999, "--agreements"));
        TRY(in_range(numbers->rows, 1, 1'000'000, "--rows"));
        TRY(in_range(numbers->rows_per_day, 0, 1'000'000, "--rows-per-day"));
        options->members = static_cast<unsigned>(numbers->members);
        options->consumers = static_cast<unsigned>(numbers->consumers);
        options->first_owner = static_cast<unsigned>(numbers->first_owner);
        options->datasets = static_cast<unsigned>(numbers->datasets);
        options->agreements = static_cast<unsigned>(numbers->agreements);
        options->rows = static_cast<unsigned>(numbers->rows);
        TRY_ASSIGN(options->actions, actions_of(*actions));
        options->rows_per_day = static_cast<unsigned>(numbers->rows_per_day);
        TRY(bench_prepare(*options));
        print(terminal, json::object({{"world", options->out},
                                      {"members", options->members},
                                      {"consumers", options->consumers},
                                      {"agreements", options->agreements}}));
        return {};
      });
}

void register_run(Command& bench) {
  auto options = std::make_shared<BenchDriveOptions>();
  auto numbers = std::make_shared<Numbers>();
  auto no_proofs = std::make_shared<bool>(false);
  bench
      .verb("run", "drive exchanges and measure them",
            "steelyard bench run --world world --window 512 --seconds 10 -o json")
      .required("--world", options->world, "folder that bench prepare made")
      .option("--window", numbers->window, "requests in flight of each consumer")
      .option("--window-max", numbers->window_max, "consumers have --window to this many in flight, in turn")
      .option("--rate", numbers->rate,
              "requests a second of all, answered or not, --window at most in flight; 0: closed loop")
      .option("--connect", numbers->connect, "seconds to wait for sessions")
      .option("--threads", numbers->threads, "threads that share the consumers; 0: one each")
      .option("--seconds", numbers->seconds, "measured span")
      .option("--warmup", numbers->warmup, "seconds before it")
      .option("--seed", numbers->seed, "of datasets and keys")
      .option("--span-file", options->span_file, "file to write begin and end of the span to (monotonic microseconds)")
      .option("--outcomes", options->outcomes_file,
              "file to write a line to for each exchange: consumer, due, took, how")
      .flag("--zipf", options->zipf, "draw datasets by Zipf's law")
      .flag("--receipts", options->receipts, "keep receipts on disk, as `query` does")
      .flag("--no-proofs", *no_proofs, "do not prove promises from tiles")
      .runs([options, numbers, no_proofs](Terminal& terminal) -> Status {
        TRY(in_range(numbers->window, 1, 1'024, "--window"));
        TRY(in_range(numbers->threads, 0, 16, "--threads"));
        TRY(in_range(numbers->seconds, 1, 3'600, "--seconds"));
        TRY(in_range(numbers->warmup, 0, 600, "--warmup"));
        if (numbers->window_max == 0) numbers->window_max = numbers->window;
        TRY(in_range(numbers->window_max, numbers->window, 1'024, "--window-max"));
        TRY(in_range(numbers->rate, 0, 1'000'000, "--rate"));
        TRY(in_range(numbers->connect, 1, 3'600, "--connect"));
        options->rate = static_cast<double>(numbers->rate);
        options->connect_seconds = static_cast<double>(numbers->connect);
        options->window_max = static_cast<unsigned>(numbers->window_max);
        options->window = static_cast<unsigned>(numbers->window);
        options->threads = static_cast<unsigned>(numbers->threads);
        options->seconds = static_cast<double>(numbers->seconds);
        options->warmup_seconds = static_cast<double>(numbers->warmup);
        options->seed = static_cast<std::uint64_t>(numbers->seed);
        options->prove = !*no_proofs;
        TRY_ASSIGN(const json::Value result, bench_drive(*options));
        print(terminal, result);
        return {};
      });
}

void register_events(Command& bench) {
  auto options = std::make_shared<BenchEventsOptions>();
  auto rows = std::make_shared<std::int64_t>(10'000);
  auto within = std::make_shared<std::int64_t>(120);
  bench
      .verb("events", "subscribe, and measure how long changes take to come",
            "steelyard bench events --world world --ready-file ready --rows 10000 -o json")
      .required("--world", options->world, "folder that bench prepare made, with --actions subscribe")
      .required("--ready-file", options->ready_file, "made once all have the whole snapshot")
      .option("--rows", *rows, "changed rows that each subscriber waits for; field f1 says when each was made")
      .option("--within", *within, "seconds for all of it")
      .runs([options, rows, within](Terminal& terminal) -> Status {
        TRY(in_range(*rows, 1, 100'000'000, "--rows"));
        TRY(in_range(*within, 1, 3'600, "--within"));
        options->rows = static_cast<std::uint64_t>(*rows);
        options->within_seconds = static_cast<double>(*within);
        TRY_ASSIGN(const json::Value result, bench_events(*options));
        print(terminal, result);
        return {};
      });
}

}  // namespace

void register_bench(Command& root) {
  Command bench = root.verb("bench", "measure exchanges through a running broker");
  register_prepare(bench);
  register_run(bench);
  register_events(bench);
}

}  // namespace steelyard::cli
