#include "cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "cli/report.h"
#include "core/base/edit_distance.h"
#include "core/base/standard_streams.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

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
  Answer chosen;
  bool answers = false;  // its exit code is an answer
};

Command Command::verb(const std::string& name, const std::string& what, const std::string& examples) {
  CLI::App* made = app_of(app_)->add_subcommand(name, what);
  // Set even where there is none: it would be inherited.
  made->footer(examples.empty() ? "" : "Examples:\n" + examples);
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
  const bool by_position = !name.starts_with('-');  // then all that stand there
  app_of(app_)->add_option(name, to, help)->required()->allow_extra_args(by_position);
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
  app->callback([tree = tree_, run = std::move(run)] {
    tree->chosen = [run](Terminal& terminal) { return run(terminal).map([] { return 0; }); };
  });
  return *this;
}

Command& Command::answers(Answer answer) {
  CLI::App* app = app_of(app_);
  app->require_subcommand(0, 0);
  app->callback([tree = tree_, answer = std::move(answer)] {
    tree->chosen = answer;
    tree->answers = true;
  });
  return *this;
}

namespace {

constexpr const char* kRootNotes =
    "Examples:\n"
    "  steelyard query civil-affairs/household --fields name,division --where id_number=110101199003070038 \\\n"
    "      --purpose tax-relief --application tax-relief --home tax-office\n"
    "  steelyard log verify broker/store --head broker/head/checkpoint\n"
    "\n"
    "Exit codes:\n"
    "  0 done                1 output failed       2 wrong usage, file or configuration: nothing was changed\n"
    "  3 refused             4 rejected            5 try again later: away, busy, timed out\n"
    "  6 a store failed      7 verification failed\n";

// What -o says, also where the command line does not parse: an error of it is printed that way, too.
Output output_of(int argc, char** argv) {
  std::string_view found;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if ((word == "-o" || word == "--output") && i + 1 < argc) found = argv[i + 1];
    if (word.starts_with("--output=")) found = word.substr(9);
    if (word.starts_with("-o") && word.size() > 2) found = word.substr(word[2] == '=' ? 3 : 2);
  }
  return found == "json" ? Output::kJson : found == "csv" ? Output::kCsv : Output::kTable;
}

// The words of the command line that were understood: "steelyard agreement".
std::string words_of(const CLI::App& app, const CLI::App** deepest) {
  std::string words = app.get_name();
  *deepest = &app;
  while (!(*deepest)->get_subcommands().empty()) {
    *deepest = (*deepest)->get_subcommands().front();
    words += " " + (*deepest)->get_name();
  }
  return words;
}

// The verb that was meant, most likely; empty where none is near.
std::string nearest_verb(const CLI::App& app, const std::string& word) {
  constexpr std::size_t kNear = 2;  // letters: a slip of the hand, not another word
  std::string nearest;
  std::size_t least = kNear + 1;
  for (const CLI::App* verb : app.get_subcommands({}))
    if (const std::size_t distance = edit_distance(word, verb->get_name()); distance < std::min(least, word.size())) {
      least = distance;
      nearest = verb->get_name();
    }
  return nearest;
}

Error usage_error(const CLI::ParseError& error, const CLI::App& app) {
  const CLI::App* deepest = nullptr;
  const std::string words = words_of(app, &deepest);
  std::string detail = error.what();
  // What was not understood explains what is missing better than the first thing missing does.
  const bool extras = error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError);
  const bool missing = detail.find("is required") != detail.npos;
  if (const std::vector<std::string> rest = app.remaining(true); !rest.empty() && (extras || missing)) {
    const std::string& first = rest.front();
    if (!deepest->get_subcommands({}).empty() && !first.starts_with('-')) {
      const std::string nearest = nearest_verb(*deepest, first);
      detail = "there is no `" + words + " " + first + "`";
      if (!nearest.empty()) detail += ": `" + words + " " + nearest + "` is near";
    } else {
      detail = "unknown argument `" + first + "`" + (missing ? ", and " + detail : "");
    }
  }
  if (detail.starts_with("--home is required")) detail += ": name your folder, or set STEELYARD_HOME";
  return schemas::error_of(schemas::code::usage, detail + "; `" + words + " --help` shows usage and examples");
}

Error missing_verb(const CLI::App& app) {
  const CLI::App* deepest = nullptr;
  const std::string words = words_of(app, &deepest);
  std::string verbs;
  for (const CLI::App* verb : deepest->get_subcommands({})) verbs += (verbs.empty() ? "" : ", ") + verb->get_name();
  return schemas::error_of(schemas::code::usage, "`" + words + "` needs a word after it: " + verbs + "; `" + words +
                                                     " --help` tells them apart");
}

// Output that cannot be written is an error, whatever was done before.
int finish(Output format) {
  std::cout.flush();
  if (std::cout) return 0;
  return report(std::cerr, format, schemas::error_of(schemas::code::output_failed));
}

}  // namespace

int run_program(int argc, char** argv, const std::string& version, const std::function<void(Command&)>& declare) {
  hold_standard_streams();
  CLI::App app("Steelyard 权衡: governed data exchange between departments", "steelyard");
  app.set_version_flag("--version", "steelyard " + version);
  app.formatter(std::make_shared<ExamplesFirst>());
  app.footer(kRootNotes);
  const Output format = output_of(argc, argv);
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
    if (error.get_exit_code() != static_cast<int>(CLI::ExitCodes::Success))
      return report(std::cerr, format, usage_error(error, app));
    app.exit(error);  // --help or --version
    return finish(format);
  }
  if (!tree.chosen) return report(std::cerr, format, missing_verb(app));
  SystemClock clock;
  Terminal terminal{std::cout, std::cerr, format, clock};
  const Result<int> ended = tree.chosen(terminal);
  if (!ended) {
    std::cout.flush();
    constexpr int kNoAnswer = 1;
    return tree.answers ? report(std::cerr, format, ended.error(), kNoAnswer)
                        : report(std::cerr, format, ended.error());
  }
  const int finished = finish(format);
  return finished == 0 ? *ended : finished;
}

}  // namespace steelyard::cli
