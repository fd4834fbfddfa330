// steelyard policy translate-schema: a schema in Cedar's syntax from its JSON form, or the other way.
#include "cli/policy.h"
#include "cli/policy_input.h"
#include "cli/policy_translation.h"
#include "policy/schema/json_printer.h"
#include "policy/schema/json_reader.h"
#include "policy/schema/parser.h"
#include "policy/schema/printer.h"

namespace steelyard::cli {
namespace {

namespace schema = policy::schema;

struct Options {
  std::string direction;
  std::string file;
};

}  // namespace

Status translate_schema(Terminal& terminal, Direction direction, const std::string& file) {
  const bool to_cedar = direction == Direction::kJsonToCedar;
  TRY_ASSIGN(const std::string text, read_text(file));
  auto fragment = to_cedar ? schema::parse_json_schema(text) : schema::parse_schema(text);
  if (!fragment) return in_input(std::move(fragment.error()), file);
  if (!to_cedar) {
    print_document(terminal, schema::to_json(*fragment));
    return {};
  }
  auto printed = schema::to_cedar(*fragment);
  if (!printed) return in_input(std::move(printed.error()), file);
  print_text(terminal, "schema", *printed);
  return {};
}

void register_policy_translate_schema(Command& policy) {
  auto options = std::make_shared<Options>();
  Command command = policy.verb("translate-schema", "a schema in Cedar's syntax from its JSON form, or the other way",
                                "  steelyard policy translate-schema --direction cedar-to-json -s shop.cedarschema\n"
                                "  steelyard policy translate-schema --direction json-to-cedar < shop.json\n");
  command.required("--direction", options->direction, "cedar-to-json or json-to-cedar");
  command.option("-s,--schema", options->file, "the schema; standard input where none is named");
  command.answers([options](Terminal& terminal) -> Result<int> {
    TRY_ASSIGN(const Direction direction, direction_named(options->direction));
    TRY(translate_schema(terminal, direction, options->file));
    return 0;
  });
}

}  // namespace steelyard::cli
