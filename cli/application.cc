// steelyard application: registers a member's application; makes the tokens that it shows to its adapter.
#include "cli/desk.h"
#include "cli/folder.h"
#include "cli/value_text.h"
#include "cli/verbs.h"
#include "core/client/application_tokens.h"
#include "core/config/config.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

struct Options {
  Making making;
  std::string id, name_zh, name_en;
};

Status add(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  schemas::Application body{desk.office.member, {options.name_zh, options.name_en}};
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kApplication, options.id,
                        schemas::Role::kMember, std::move(body));
}

struct TokenOptions {
  std::string id, adapter, expires;
};

// Where the adapter of this folder looks for tokens: as its adapter.toml says, else where one would say it.
Result<std::string> tokens_file(const std::string& adapter_dir) {
  const std::string beside = join(adapter_dir, "tokens.toml");
  TRY_ASSIGN(const bool configured, store::exists(join(adapter_dir, "adapter.toml")));
  if (configured) {
    TRY_ASSIGN(const config::Table file, config::read_file(join(adapter_dir, "adapter.toml")));
    TRY_ASSIGN(const auto applications, file.optional_table("applications"));
    if (applications) return applications->path("tokens", "tokens.toml");
    return beside;
  }
  TRY_ASSIGN(const bool bound, store::exists(join(adapter_dir, "identity.toml")));
  if (bound) return beside;
  return usage("--adapter: there is no adapter.toml or identity.toml in " + adapter_dir +
               ": name the adapter's folder");
}

Status make_token(Terminal& terminal, const TokenOptions& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  TRY_ASSIGN(const std::optional<Instant> expires, end_of(options.expires, "--expires", terminal.clock.wall()));
  TRY_ASSIGN(const std::string path, tokens_file(options.adapter));
  TRY_ASSIGN(const std::string token, client::add_token(path, ApplicationId(options.id), expires));
  print(terminal, json::object({{"application", options.id},
                                {"token", token},
                                {"expires", expires ? json::Value(to_rfc3339(*expires)) : json::Value()},
                                {"file", path}}));
  terminal.err << "this token stands nowhere else: hand it to the application now\n";
  return {};
}

void register_token(Command& noun) {
  auto options = std::make_shared<TokenOptions>();
  Command command = noun.verb("token", "makes a token that an application shows to this department's adapter",
                              "  steelyard application token tax-relief --adapter tax-adapter --expires 2027-01-01\n");
  command.required("id", options->id, "the application's id");
  command.required("--adapter", options->adapter, "folder of the adapter");
  command.option("--expires", options->expires, "until when; without it, until it is taken out of the file");
  command.runs([options](Terminal& terminal) { return make_token(terminal, *options); });
}

}  // namespace

void register_application(Command& root) {
  Command noun = root.verb("application", "registers applications, makes their tokens");
  auto options = std::make_shared<Options>();
  Command command = noun.verb("add", "registers an application of your own",
                              "  steelyard application add tax-relief --name-zh 专项附加扣除 --name-en \"Tax relief\" "
                              "--home tax-office\n");
  command.required("id", options->id, "the application's id");
  command.required("--name-zh", options->name_zh, "its name in Chinese");
  command.required("--name-en", options->name_en, "its name in English");
  options->making.declare(command);
  command.runs([options](Terminal& terminal) { return add(terminal, *options); });
  register_token(noun);
}

}  // namespace steelyard::cli
