// steelyard policy translate-schema: a schema in Cedar's syntax from its JSON form, or the other way.
#include <iostream>
#include <iterator>

#include "cli/policy.h"
#include "core/store/durable_file.h"
#include "policy/limits.h"
#include "policy/schema/json_printer.h"
#include "policy/schema/json_reader.h"
#include "policy/schema/parser.h"
#include "policy/schema/printer.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

namespace schema = policy::schema;

struct Options {
  std::string direction;
  std::string file;
};

// One octet more than a schema may have: the reader of the schema says so.
std::string standard_input() {
  std::string text(limits::kSchemaBytesMax + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  return text;
}

Result<std::string> read(const std::string& file) {
  if (file.empty()) return standard_input();
  TRY_ASSIGN(const Bytes bytes, store::read_file(file, limits::kSchemaBytesMax));
  return std::string(as_text(bytes));
}

Status translate(Terminal& terminal, const Options& options) {
  const bool to_cedar = options.direction == "json-to-cedar";
  if (!to_cedar && options.direction != "cedar-to-json")
    return usage("--direction: `" + options.direction + "` is neither `cedar-to-json` nor `json-to-cedar`");
  TRY_ASSIGN(const std::string text, read(options.file));
  // Line and column follow a file's name as everywhere; a path in JSON stands apart.
  const std::string name = options.file.empty() ? "standard input" : options.file;
  const auto wrong = [&](const Error& error) {
    const bool placed = !error.what.empty() && error.what.front() >= '0' && error.what.front() <= '9';
    return fail(ErrorKind::kFix, name + (placed ? ":" : ": ") + error.what, schemas::code::config);
  };
  const auto fragment = to_cedar ? schema::parse_json_schema(text) : schema::parse_schema(text);
  if (!fragment) return wrong(fragment.error());
  if (!to_cedar) {
    terminal.out << json::dump(schema::to_json(*fragment), terminal.output == Output::kJson ? -1 : 2) << '\n';
    return {};
  }
  const auto printed = schema::to_cedar(*fragment);
  if (!printed) return wrong(printed.error());
  if (terminal.output == Output::kTable) {
    terminal.out << *printed;
  } else {
    print(terminal, json::object({{"schema", *printed}}));
  }
  return {};
}

}  // namespace

Status translate_schema(Terminal& terminal, const std::string& direction, const std::string& file) {
  return translate(terminal, {direction, file});
}

void register_policy_translate_schema(Command& policy) {
  auto options = std::make_shared<Options>();
  Command command = policy.verb("translate-schema", "a schema in Cedar's syntax from its JSON form, or the other way",
                                "  steelyard policy translate-schema --direction cedar-to-json -s shop.cedarschema\n"
                                "  steelyard policy translate-schema --direction json-to-cedar < shop.json\n");
  command.required("--direction", options->direction, "cedar-to-json or json-to-cedar");
  command.option("-s,--schema", options->file, "the schema; standard input where none is named");
  command.runs([options](Terminal& terminal) { return translate(terminal, *options); });
}

}  // namespace steelyard::cli
