// steelyard policy translate: policies from Cedar text to JSON and back.
#include "cli/policy.h"
#include "cli/policy_input.h"
#include "cli/policy_translation.h"
#include "policy/est/policy_json.h"
#include "policy/printer.h"

namespace steelyard::cli {
namespace {

struct Options {
  std::string direction;
  std::string file;
  std::string schema;
};

Status to_json(Terminal& terminal, const std::string& file) {
  TRY_ASSIGN(const policy::PolicyDocument document, read_policies_text(file));
  TRY_ASSIGN(const json::Value value, policy::est::to_json(document));
  print_document(terminal, value);
  return {};
}

Status to_cedar(Terminal& terminal, const std::string& file) {
  TRY_ASSIGN(const policy::PolicyDocument document, read_policies_json(file));
  if (!document.links().empty())
    return fail(ErrorKind::kFix,
                name_of_input(file) + ": links of templates have no Cedar text: take `templateLinks` out");
  std::string text;
  for (const policy::Policy& one : document.policies()) {
    TRY_ASSIGN(const std::string source, policy::to_source(one));
    text += (text.empty() ? "" : "\n") + source + "\n";
  }
  print_text(terminal, "policies", text);
  return {};
}

Result<int> translate(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const Direction direction, direction_named(options.direction));
  if (!options.schema.empty()) {
    if (!options.file.empty()) return fail(ErrorKind::kFix, "name --policies or --schema, not both");
    TRY(translate_schema(terminal, direction, options.schema));
  } else if (direction == Direction::kCedarToJson) {
    TRY(to_json(terminal, options.file));
  } else {
    TRY(to_cedar(terminal, options.file));
  }
  return 0;
}

void declare_options(Command& command, const std::shared_ptr<Options>& options) {
  command.required("--direction", options->direction, "cedar-to-json or json-to-cedar");
  command.option("-p,--policies", options->file, "file of policies; without it standard input is read");
  command.answers([options](Terminal& terminal) { return translate(terminal, *options); });
}

}  // namespace

Result<Direction> direction_named(const std::string& name) {
  if (name == "cedar-to-json") return Direction::kCedarToJson;
  if (name == "json-to-cedar") return Direction::kJsonToCedar;
  return fail(ErrorKind::kFix, "--direction is `cedar-to-json` or `json-to-cedar`, not `" + name + "`");
}

void print_text(Terminal& terminal, const std::string& member, const std::string& text) {
  if (terminal.output == Output::kTable)
    terminal.out << text;
  else
    print(terminal, json::object({{member, text}}));
}

void print_document(Terminal& terminal, const json::Value& value) {
  terminal.out << json::dump(value, terminal.output == Output::kJson ? -1 : 2) << "\n";
}

void register_policy_translate(Command& policy) {
  auto options = std::make_shared<Options>();
  Command command = policy.verb("translate", "policies, templates or a schema from Cedar text to JSON, or back",
                                "  steelyard policy translate --direction cedar-to-json --policies p.cedar\n"
                                "  steelyard policy translate --direction json-to-cedar < p.json\n");
  declare_options(command, options);
  command.option("-s,--schema", options->schema, "a schema, in place of policies");
  Command as_cedar = policy.verb("translate-policy", "policies and templates, as Cedar calls it",
                                 "  steelyard policy translate-policy --direction cedar-to-json --policies p.cedar\n");
  declare_options(as_cedar, std::make_shared<Options>());
}

}  // namespace steelyard::cli
