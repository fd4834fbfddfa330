// steelyard policy validate: whether policies can go wrong on requests and entities that fit a schema.
#include <charconv>

#include "cli/policy.h"
#include "cli/policy_input.h"
#include "cli/report.h"
#include "cli/usage.h"
#include "policy/validation/validator.h"

namespace steelyard::cli {
namespace {

namespace validation = policy::validation;

constexpr int kInvalid = 3;

struct Options {
  PoliciesOptions policies;
  SchemaOptions schema;
  std::string mode = "strict";
  std::string level;  // empty: any
  bool deny_warnings = false;
};

Result<validation::Mode> mode_of(const std::string& name) {
  if (name == "strict") return validation::Mode::kStrict;
  if (name == "permissive") return validation::Mode::kPermissive;
  return usage("--validation-mode is `strict` or `permissive`, not `" + name + "`");
}

Result<validation::Level> level_of(const std::string& text) {
  if (text.empty()) return validation::Level();
  std::uint16_t level = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), level);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size())
    return usage("--level is a number from 0 to 65535, not `" + text + "`");
  return validation::Level(level);
}

// Policies in JSON have no places.
void print_line(Terminal& terminal, const Options& options, const std::string& policy, const char* kind,
                const validation::Finding& finding) {
  const bool placed = options.policies.format != "json";
  terminal.out << printable(name_of_input(options.policies.file)) << ":"
               << (placed ? policy::to_text(finding.span) + ": " : " ") << kind << ": "
               << validation::name_of(finding.rule) << ": policy `" << printable(policy)
               << "`: " << printable(finding.what) << (finding.help.empty() ? "" : "; " + printable(finding.help))
               << '\n';
}

std::vector<json::Value> row_of(const Options& options, const std::string& policy, const char* kind,
                                const validation::Finding& finding) {
  const bool placed = options.policies.format != "json";
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
  const Error error =
      schemas::error_of(schemas::code::config, name_of_input(options.policies.file) + ": policies " + what);
  return report(terminal.err, terminal.output, error, kInvalid);
}

Result<int> validate(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const validation::Mode mode, mode_of(options.mode));
  TRY_ASSIGN(const validation::Level level, level_of(options.level));
  TRY_ASSIGN(const OptionalSchema schema, read_schema(options.schema));
  if (!schema) return usage("--schema names the file to validate against");
  TRY_ASSIGN(const policy::PolicyDocument document, read_policies(options.policies));
  const validation::Report found = validation::validate(document, *schema, mode, validation::Steps(), level);
  show(terminal, options, found);
  if (found.has_errors()) return not_valid(terminal, options, "are not valid");
  if (options.deny_warnings && found.has_warnings()) return not_valid(terminal, options, "are warned of");
  if (terminal.output == Output::kTable)
    terminal.err << name_of_input(options.policies.file) << ": the policies are valid\n";
  return 0;
}

}  // namespace

void register_policy_validate(Command& policy) {
  auto options = std::make_shared<Options>();
  Command command =
      policy.verb("validate", "whether policies can go wrong on requests and entities that fit a schema: exit 0 or 3",
                  "  steelyard policy validate --schema schemas/steelyard.cedarschema --policies baseline.cedar\n"
                  "  steelyard policy validate -s shop.json --schema-format json -p shop.cedar --deny-warnings\n");
  options->schema.declare(command, true);
  options->policies.declare(command);
  command.option("--validation-mode", options->mode, "strict, or permissive: what a step towards it may still mix");
  command.option("--level", options->level, "how many entities may be looked at one behind the other; any, if missing");
  command.flag("--deny-warnings", options->deny_warnings, "policies that are warned of are not valid, either");
  command.answers([options](Terminal& terminal) { return validate(terminal, *options); });
}

}  // namespace steelyard::cli
