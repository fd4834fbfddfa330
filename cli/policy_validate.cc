// steelyard policy validate: whether policies can go wrong on requests and entities that fit a schema.
#include <iostream>

#include "cli/policy.h"
#include "cli/report.h"
#include "cli/usage.h"
#include "core/store/durable_file.h"
#include "policy/est/policy_json.h"
#include "policy/limits.h"
#include "policy/policy_document.h"
#include "policy/schema/resolve.h"
#include "policy/validation/validator.h"

namespace steelyard::cli {
namespace {

namespace validation = policy::validation;

constexpr int kInvalid = 3;

struct Options {
  std::string policies;  // empty: standard input
  std::string policy_format = "cedar";
  std::string schema;
  std::string schema_format = "cedar";
  std::string mode = "strict";
  bool deny_warnings = false;
};

Result<validation::Mode> mode_of(const std::string& name) {
  if (name == "strict") return validation::Mode::kStrict;
  if (name == "permissive") return validation::Mode::kPermissive;
  return usage("--validation-mode is `strict` or `permissive`, not `" + name + "`");
}

Result<bool> is_json(const std::string& format, const char* option) {
  if (format == "json") return true;
  if (format == "cedar") return false;
  return usage(std::string(option) + " is `cedar` or `json`, not `" + format + "`");
}

std::string name_of_input(const std::string& file) { return file.empty() ? "standard input" : file; }

// One octet more than is read: its reader says that it is too long.
std::string standard_input() {
  std::string text(limits::kPolicyFileBytesMax + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  return text;
}

Result<std::string> read(const std::string& file) {
  if (file.empty()) return standard_input();
  TRY_ASSIGN(const Bytes bytes, store::read_file(file, limits::kPolicyFileBytesMax));
  return std::string(as_text(bytes));
}

// Line and column follow a file's name; a path in JSON stands apart.
template <class T>
Result<T> of_file(Result<T> read, const std::string& file) {
  if (read) return read;
  const std::string& what = read.error().what;
  const bool placed = !what.empty() && what.front() >= '0' && what.front() <= '9';
  return fail(ErrorKind::kFix, name_of_input(file) + (placed ? ":" : ": ") + what, schemas::code::config);
}

Result<policy::PolicyDocument> document_of(const std::string& text, bool json) {
  if (!json) return policy::read_policies(text, policy::Ids::kByAnnotation, limits::kPolicyFileBytesMax);
  TRY_ASSIGN(const json::Value value, policy::est::read_json(text));
  return policy::est::document_from_json(value);
}

Result<policy::PolicyDocument> read_policies(const Options& options) {
  TRY_ASSIGN(const bool json, is_json(options.policy_format, "--policy-format"));
  TRY_ASSIGN(const std::string text, read(options.policies));
  return of_file(document_of(text, json), options.policies);
}

Result<validation::Schema> read_schema(const Options& options) {
  TRY_ASSIGN(const bool json, is_json(options.schema_format, "--schema-format"));
  TRY_ASSIGN(const std::string text, read(options.schema));
  return of_file(json ? policy::schema::schema_from_json(text) : policy::schema::schema_from_cedar(text),
                 options.schema);
}

// Policies in JSON have no places.
void print_line(Terminal& terminal, const Options& options, const std::string& policy, const char* kind,
                const validation::Finding& finding) {
  const bool placed = options.policy_format != "json";
  terminal.out << printable(name_of_input(options.policies)) << ":"
               << (placed ? policy::to_text(finding.span) + ": " : " ") << kind << ": "
               << validation::name_of(finding.rule) << ": policy `" << printable(policy)
               << "`: " << printable(finding.what) << (finding.help.empty() ? "" : "; " + printable(finding.help))
               << '\n';
}

std::vector<json::Value> row_of(const Options& options, const std::string& policy, const char* kind,
                                const validation::Finding& finding) {
  const bool placed = options.policy_format != "json";
  return {policy,
          kind,
          placed ? json::Value(finding.span.line) : json::Value(),
          placed ? json::Value(finding.span.column) : json::Value(),
          validation::name_of(finding.rule),
          finding.what,
          finding.help};
}

// In lines as compilers write them, or as data.
void show(Terminal& terminal, const Options& options, const validation::Report& report) {
  Table table{{"policy", "kind", "line", "column", "rule", "what", "help"}, {}};
  const auto add = [&](const std::string& policy, const char* kind, const std::vector<validation::Finding>& findings) {
    for (const validation::Finding& finding : findings) {
      if (terminal.output == Output::kTable)
        print_line(terminal, options, policy, kind, finding);
      else
        table.rows.push_back(row_of(options, policy, kind, finding));
    }
  };
  for (const validation::PolicyReport& one : report.policies) {
    add(one.policy, "error", one.errors);
    add(one.policy, "warning", one.warnings);
  }
  if (terminal.output != Output::kTable) print(terminal, table);
}

// What is wrong was shown; that it is, is said as every error is.
int not_valid(Terminal& terminal, const Options& options, const std::string& what) {
  terminal.out.flush();
  const Error error = schemas::error_of(schemas::code::config, name_of_input(options.policies) + ": policies " + what);
  return report(terminal.err, terminal.output, error, kInvalid);
}

Result<int> validate(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const validation::Mode mode, mode_of(options.mode));
  TRY_ASSIGN(const validation::Schema schema, read_schema(options));
  TRY_ASSIGN(const policy::PolicyDocument document, read_policies(options));
  const validation::Report found = validation::validate(document, schema, mode);
  show(terminal, options, found);
  if (found.has_errors()) return not_valid(terminal, options, "are not valid");
  if (options.deny_warnings && found.has_warnings()) return not_valid(terminal, options, "are warned of");
  if (terminal.output == Output::kTable)
    terminal.err << name_of_input(options.policies) << ": the policies are valid\n";
  return 0;
}

}  // namespace

void register_policy_validate(Command& policy) {
  auto options = std::make_shared<Options>();
  Command command =
      policy.verb("validate", "whether policies can go wrong on requests and entities that fit a schema: exit 0 or 3",
                  "  steelyard policy validate --schema schemas/steelyard.cedarschema --policies baseline.cedar\n"
                  "  steelyard policy validate -s shop.json --schema-format json -p shop.cedar --deny-warnings\n");
  command.required("-s,--schema", options->schema, "file of the schema");
  command.option("--schema-format", options->schema_format, "what the schema is written in: cedar or json");
  command.option("-p,--policies", options->policies, "file of policies and templates; without it standard input");
  command.option("--policy-format", options->policy_format, "what the policies are written in: cedar or json");
  command.option("--validation-mode", options->mode, "strict, or permissive: what a step towards it may still mix");
  command.flag("--deny-warnings", options->deny_warnings, "policies that are warned of are not valid, either");
  command.answers([options](Terminal& terminal) { return validate(terminal, *options); });
}

}  // namespace steelyard::cli
