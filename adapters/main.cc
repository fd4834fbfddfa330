// steelyard-adapter: the process beside a department's database.
//
//   steelyard-adapter --config adapter.toml [--stats PATH]
//   steelyard-adapter init --from URL [--table TABLE]    a map from a register's live schema
//   steelyard-adapter check MAP...                       what maps would publish, and what stands in the way
//   steelyard-adapter outbox MAP                         SQL for an owner to apply: then it can be subscribed to
//
// Prints `steelyard-adapter ready MEMBER` once its session is up; the log goes to stderr. A broker that is away is
// waited for. SIGTERM and SIGINT end it with 0 once what was answered has left; SIGUSR1 writes counters to PATH, as
// does the end. Exit codes are those of docs/cli.md.
#include <signal.h>

#include <cstdio>
#include <cstring>
#include <thread>

#include "adapters/adapter.h"
#include "adapters/verbs.h"
#include "core/base/plain_text.h"
#include "core/base/standard_streams.h"
#include "core/base/version.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr const char* kHelp =
    "steelyard-adapter: the process beside a department's database: checks, answers and records each use of it\n"
    "Usage: steelyard-adapter --config FILE [--stats FILE]\n"
    "       steelyard-adapter init --from sqlite:PATH|postgresql://... [--table TABLE] [--dataset OWNER/CODE]\n"
    "                              [--schema SCHEMA] [--passfile FILE] [--out FILE]\n"
    "       steelyard-adapter check MAP...|--config FILE [-o table|json]\n"
    "       steelyard-adapter outbox MAP\n"
    "\n"
    "  --config FILE   configuration, docs/configuration.md; required\n"
    "  --stats FILE    file to write counters to, at SIGUSR1 and at the end\n"
    "  init            lists a register's tables, or writes the map of one from the live schema\n"
    "  check           shows what maps would publish: session, key, plan, fields, ten masked rows\n"
    "  outbox          prints SQL that makes an outbox for a map's table, for its owner to apply: with it the\n"
    "                  dataset can be subscribed to\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 stopped by a signal, 2 wrong usage, file or configuration: nothing was changed, 6 a store failed;\n"
    "docs/cli.md has them all\n";

struct Arguments {
  std::string config;
  std::string stats;
};

Result<Arguments> parse_arguments(int count, char** values) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    const std::string_view name = values[i];
    std::string* to = name == "--config" ? &arguments.config : name == "--stats" ? &arguments.stats : nullptr;
    if (to == nullptr)
      return fail(schemas::error_of(schemas::code::usage, "unknown argument `" + std::string(name) +
                                                              "`; `steelyard-adapter --help` shows usage"));
    if (i + 1 == count)
      return fail(schemas::error_of(schemas::code::usage, "`" + std::string(name) + "` needs a path after it"));
    *to = values[++i];
  }
  if (arguments.config.empty())
    return fail(schemas::error_of(schemas::code::usage,
                                  "--config is required: say steelyard-adapter --config FILE [--stats FILE]"));
  return arguments;
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "steelyard-adapter: %s\n", schemas::text_of(error).c_str());
  return schemas::exit_code_of(error);
}

const char* name_of(LogLevel level) {
  switch (level) {
    case LogLevel::kError: return "error";
    case LogLevel::kWarn: return "warn";
    case LogLevel::kInfo: return "info";
    case LogLevel::kDebug: return "debug";
  }
  return "info";
}

sigset_t watched_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  return signals;
}

// Hands signals to the adapter until one ends it.
void watch(const sigset_t& signals, Adapter& adapter, const std::string& stats) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal == SIGUSR1) {
      if (!stats.empty()) adapter.report(stats);
      continue;
    }
    adapter.stop();
    return;
  }
}

int run(const Arguments& arguments) {
  // Before any thread starts, so that all of them leave the signals to the one that waits.
  const sigset_t signals = watched_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const SystemClock clock;
  auto config = read_config(arguments.config);
  if (!config) return fail_with(config.error());
  const LogLevel level = config->log_level;
  const std::string member = config->identity.member.text;
  auto log = [level, &clock](LogLevel of, std::string_view line) {
    if (of > level) return;
    std::fprintf(stderr, "%s %s %s\n", to_rfc3339(clock.wall()).c_str(), name_of(of), escaped(line).c_str());
  };
  auto adapter = Adapter::open(std::move(*config), clock, log);
  if (!adapter) return fail_with(adapter.error());

  std::thread watcher([&] { watch(signals, **adapter, arguments.stats); });
  service::ServiceManager manager = service::ServiceManager::from_environment();
  manager.ready("trying to reach the broker");
  const Status ended = (*adapter)->run(manager, [&] {
    std::printf("steelyard-adapter ready %s\n", member.c_str());
    std::fflush(stdout);
  });
  if (!ended) pthread_kill(watcher.native_handle(), SIGTERM);
  watcher.join();
  if (!arguments.stats.empty())
    if (auto written = (*adapter)->write_stats(arguments.stats); !written) return fail_with(written.error());
  return ended ? 0 : fail_with(ended.error());
}

int print(const std::string& text) {
  std::fputs(text.c_str(), stdout);
  if (std::fflush(stdout) == 0) return 0;
  return fail_with(schemas::error_of(schemas::code::output_failed));
}

int run_verb(Result<Printed> printed) {
  if (!printed) return fail_with(printed.error());
  std::fputs(printed->said.c_str(), stderr);
  const int written = print(printed->out);
  return written == 0 ? printed->exit_code : written;
}

}  // namespace
}  // namespace steelyard::adapters

int main(int count, char** values) {
  steelyard::hold_standard_streams();
  if (count == 2 && std::string_view(values[1]) == "--help")
    return steelyard::adapters::print(steelyard::adapters::kHelp);
  if (count == 2 && std::string_view(values[1]) == "--version")
    return steelyard::adapters::print(std::string("steelyard-adapter ") + steelyard::kVersion + "\n");
  const std::string_view verb = count > 1 ? values[1] : "";
  if (verb == "outbox")
    return steelyard::adapters::run_verb(steelyard::adapters::run_outbox({values + 2, values + count}));
  if (verb == "init" || verb == "check") {
    const steelyard::SystemClock clock;
    const std::vector<std::string> words(values + 2, values + count);
    return steelyard::adapters::run_verb(verb == "init" ? steelyard::adapters::run_init(words, clock)
                                                        : steelyard::adapters::run_check(words, clock));
  }
  const auto arguments = steelyard::adapters::parse_arguments(count, values);
  if (!arguments) return steelyard::adapters::fail_with(arguments.error());
  return steelyard::adapters::run(*arguments);
}
