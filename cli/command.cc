#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <list>

#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr int kUsage = 2;

CLI::App* app_of(void* app) { return static_cast<CLI::App*>(app); }

// Examples first: whoever asks for help wants something to copy.
class ExamplesFirst : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    std::string help;
    if (mode == CLI::AppFormatMode::Normal && !app->get_footer().empty()) help = app->get_footer() + "\n";
    return help + CLI::Formatter::make_help(app, std::move(name), mode);
  }
  std::string make_footer(const CLI::App*) const override { return ""; }
};

}  // namespace

struct Command::Tree {
  Run chosen;
};

Command Command::verb(const std::string& name, const std::string& what, const std::string& examples) {
  CLI::App* made = app_of(app_)->add_subcommand(name, what);
  if (!examples.empty()) made->footer("Examples:\n" + examples);
  made->formatter(std::make_shared<ExamplesFirst>());
  made->require_subcommand(0, 1);
  return {tree_, made};
}

Command& Command::option(const std::string& name, std::string& to, const std::string& help) {
  app_of(app_)->add_option(name, to, help)->capture_default_str();
  return *this;
}
Command& Command::option(const std::string& name, std::vector<std::string>& to, const std::string& help) {
  app_of(app_)->add_option(name, to, help)->allow_extra_args(false);
  return *this;
}
Command& Command::option(const std::string& name, std::int64_t& to, const std::string& help) {
  app_of(app_)->add_option(name, to, help)->capture_default_str();
  return *this;
}
Command& Command::required(const std::string& name, std::string& to, const std::string& help) {
  app_of(app_)->add_option(name, to, help)->required();
  return *this;
}
Command& Command::required(const std::string& name, std::vector<std::string>& to, const std::string& help) {
  app_of(app_)->add_option(name, to, help)->required()->allow_extra_args(false);
  return *this;
}
Command& Command::flag(const std::string& name, bool& to, const std::string& help) {
  app_of(app_)->add_flag(name, to, help);
  return *this;
}
Command& Command::home(std::string& to) {
  app_of(app_)
      ->add_option("--home", to, "your folder: an office's or an adapter's, with its keys")
      ->envname("STEELYARD_HOME")
      ->required();
  return *this;
}

Command& Command::runs(Run run) {
  CLI::App* app = app_of(app_);
  app->require_subcommand(0, 0);
  app->callback([tree = tree_, run = std::move(run)] { tree->chosen = run; });
  return *this;
}

namespace {

int report(const Error& error) {
  std::cerr << "steelyard: " << printable(error.what) << "\n";
  const schemas::ErrorRow* row = schemas::error_row(error.code);
  if (row != nullptr) std::cerr << "  " << row->zh << " (" << row->slug << ", " << error.code << ")\n";
  return schemas::exit_code_of(error);
}

}  // namespace

int run_program(int argc, char** argv, const std::string& version, const std::function<void(Command&)>& declare) {
  CLI::App app("Steelyard 权衡: governed data exchange between departments", "steelyard");
  app.set_version_flag("--version", "steelyard " + version);
  app.formatter(std::make_shared<ExamplesFirst>());
  app.footer(
      "Examples:\n"
      "  steelyard query civil-affairs/household --fields name,division --where id_number=110101199003070038 \\\n"
      "      --purpose tax-relief --application tax-relief --home tax-office\n"
      "  steelyard log verify broker/store --head broker/head\n");
  std::string output = "table";
  app.add_option("-o,--output", output, "how data is printed on stdout")
      ->check(CLI::IsMember({"table", "json", "csv"}))
      ->capture_default_str();
  app.fallthrough();
  app.require_subcommand(0, 1);
  Command::Tree tree;
  Command root(&tree, &app);
  declare(root);
  for (CLI::App* verb : app.get_subcommands({})) {
    verb->fallthrough();
    for (CLI::App* second : verb->get_subcommands({})) {
      second->fallthrough();
      for (CLI::App* third : second->get_subcommands({})) third->fallthrough();
    }
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(error);
    std::cerr << "steelyard: " << printable(error.what()) << "\n  `steelyard <verb> --help` shows examples\n";
    return kUsage;
  }
  if (!tree.chosen) {
    const CLI::App* deepest = &app;
    while (!deepest->get_subcommands().empty()) deepest = deepest->get_subcommands().front();
    std::cerr << deepest->help();
    return kUsage;
  }
  SystemClock clock;
  Terminal terminal{std::cout, std::cerr,
                    output == "json"  ? Output::kJson
                    : output == "csv" ? Output::kCsv
                                      : Output::kTable,
                    clock};
  Status done = tree.chosen(terminal);
  std::cout.flush();
  if (!done) return report(done.error());
  if (!std::cout) return report(Error{ErrorKind::kStop, 0, "writing to standard output failed"});
  return 0;
}

tl::unexpected<Error> usage(const std::string& what) {
  return tl::unexpected<Error>(schemas::error_of(schemas::code::usage, what));
}

}  // namespace steelyard::cli
