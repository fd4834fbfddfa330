// steelyard-broker: routes, decides, records. Exit codes: schemas/errors.def.
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "broker/config.h"
#include "broker/log_setup.h"
#include "broker/start.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace {

using namespace steelyard;

constexpr const char* kVersion = "steelyard-broker 0.1.0";

struct Arguments {
  std::string config;
  std::string ready_file;
  std::string stats;
};

// Before any thread is started, so that all of them have the signals blocked.
Result<int> block_signals() {
  signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  sigaddset(&signals, SIGUSR2);
  if (sigprocmask(SIG_BLOCK, &signals, nullptr) != 0)
    return fail(ErrorKind::kStop, std::string("blocking signals: ") + std::strerror(errno));
  const int fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return fail(ErrorKind::kStop, std::string("opening a signalfd: ") + std::strerror(errno));
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
  return broker->run(signal_fd);
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Steelyard's broker: weighs every request against signed agreements, and records each use");
  app.set_version_flag("--version", std::string(kVersion));
  app.add_option("--config", arguments.config, "configuration, docs/configuration.md")->required();
  app.add_option("--ready-file", arguments.ready_file, "file to write the endpoint to, once it is open");
  app.add_option("--stats", arguments.stats, "file to add a line of counters to, at SIGUSR1 and at the end");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  if (const auto served = serve(arguments); !served) {
    std::fprintf(stderr, "steelyard-broker: %s\n", served.error().what.c_str());
    return schemas::exit_code_of(served.error());
  }
  return 0;
}
