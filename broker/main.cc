// steelyard-broker: routes, decides, records. Exit codes: schemas/errors.def.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>

#include "broker/config.h"
#include "broker/log_setup.h"
#include "broker/start.h"
#include "core/base/os_reason.h"
#include "core/base/standard_streams.h"
#include "core/base/version.h"
#include "core/service/service_manager.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace {

using namespace steelyard;

struct Arguments {
  std::string config;
  std::string ready_file;
  std::string stats;
};

// Before any thread is started, so that all of them have the signals blocked.
Result<int> block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGUSR2);
  if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0)
    return fail(ErrorKind::kStop, "blocking signals: " + os_reason(errno));
  const int fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return fail(ErrorKind::kStop, "opening a signalfd: " + os_reason(errno));
  return fd;
}

Status serve(const Arguments& arguments) {
  TRY_ASSIGN(const broker::Config config, broker::read_config(arguments.config));
  broker::set_up_log(config.log_level);
  TRY_ASSIGN(const int signal_fd, block_signals());
  const SystemClock clock;
  TRY_ASSIGN(const auto broker, broker::Broker::start(config, clock, arguments.stats));
  if (!arguments.ready_file.empty())
    TRY(store::write_file_durably(arguments.ready_file, as_bytes(broker->endpoint() + "\n"), 0644));
  std::printf("steelyard-broker ready %s\n", broker->endpoint().c_str());
  std::fflush(stdout);
  service::ServiceManager manager = service::ServiceManager::from_environment();
  manager.ready("listening on " + broker->endpoint());
  return broker->run(signal_fd, manager);
}

int fail_with(const Error& error) {
  std::fprintf(stderr, "steelyard-broker: %s\n", schemas::text_of(error).c_str());
  return schemas::exit_code_of(error);
}

}  // namespace

int main(int argc, char** argv) {
  hold_standard_streams();
  Arguments arguments;
  CLI::App app("Steelyard's broker: weighs every request against signed agreements, and records each use");
  app.set_version_flag("--version", std::string("steelyard-broker ") + kVersion);
  app.add_option("--config", arguments.config, "configuration, docs/configuration.md")->required();
  app.add_option("--ready-file", arguments.ready_file, "file to write the endpoint to, once it is open");
  app.add_option("--stats", arguments.stats, "file to add a line of counters to, at SIGUSR1 and at the end");
  app.footer(
      "Exit codes: 0 stopped by a signal, 2 wrong usage, file or configuration: nothing was changed, 6 the store "
      "failed\n"
      "or contradicts its head file; docs/configuration.md has them with the signals it heeds");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const std::vector<std::string> rest = app.remaining();
    const std::string unknown = rest.empty() ? "" : "unknown argument `" + rest.front() + "`, ";
    return fail_with(
        schemas::error_of(schemas::code::usage, unknown + error.what() + "; `steelyard-broker --help` shows usage"));
  }
  const auto served = serve(arguments);
  return served ? 0 : fail_with(served.error());
}
