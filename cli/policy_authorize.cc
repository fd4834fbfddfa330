// steelyard policy authorize: one decision, as Cedar's own command line makes it.
#include <chrono>

#include "cli/policy.h"
#include "cli/policy_input.h"
#include "policy/authorizer.h"

namespace steelyard::cli {
namespace {

constexpr int kDenied = 2;

struct Options {
  PoliciesOptions policies;
  RequestOptions request;
  SchemaOptions schema;
  std::string entities;
  bool verbose = false;
  bool timing = false;
};

void show_reasons(std::ostream& out, const policy::Decision& decision) {
  if (decision.reasons.empty()) {
    out << "\nnote: no policies applied to this request\n";
    return;
  }
  out << "\nnote: this decision was due to the following policies:\n";
  for (const std::string& id : decision.reasons) out << "  " << printable(id) << "\n";
}

json::Value decision_value(const policy::Decision& decision) {
  json::Value reasons = json::array(), errors = json::array();
  for (const std::string& id : decision.reasons) reasons.push(id);
  for (const policy::PolicyError& one : decision.errors)
    errors.push(json::object({{"policy", one.policy}, {"what", one.what}}));
  json::Value value = json::object({{"decision", decision.allow ? "allow" : "deny"}});
  value.set("reasons", std::move(reasons));
  value.set("errors", std::move(errors));
  return value;
}

void show(Terminal& terminal, const policy::Decision& decision, bool verbose) {
  if (terminal.output == Output::kJson) {
    terminal.out << json::dump(decision_value(decision)) << "\n";
    return;
  }
  terminal.out << (decision.allow ? "ALLOW" : "DENY") << "\n";
  if (!decision.errors.empty()) terminal.out << "\n";
  for (const policy::PolicyError& one : decision.errors)
    terminal.out << "error while evaluating policy `" << printable(one.policy) << "`: " << printable(one.what) << "\n";
  if (verbose) show_reasons(terminal.out, decision);
}

Result<int> authorize(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const policy::PolicyDocument document, read_policies(options.policies));
  TRY_ASSIGN(const policy::PolicySet policies, policy::compile(document));
  TRY_ASSIGN(const OptionalSchema schema, read_schema(options.schema));
  TRY_ASSIGN(const policy::Entities entities, read_entities(options.entities, schema));
  TRY_ASSIGN(const policy::Request request, read_request(options.request, schema));
  const auto begun = std::chrono::steady_clock::now();
  const policy::Decision decision = policy::decide(request, entities, policies);
  const auto took = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begun);
  if (options.timing) terminal.err << "decided in " << json::dump(json::Value::real(took.count(), 2)) << " µs\n";
  show(terminal, decision, options.verbose);
  return decision.allow ? 0 : kDenied;
}

}  // namespace

void register_policy_authorize(Command& noun) {
  auto options = std::make_shared<Options>();
  Command command =
      noun.verb("authorize", "decides one request: exit code 0 is allow, 2 deny, 1 an error",
                "  steelyard policy authorize --policies p.cedar --entities e.json --principal 'User::\"ann\"' \\\n"
                "      --action 'Action::\"view\"' --resource 'File::\"f\"' --verbose\n"
                "  steelyard policy authorize -p p.json --policy-format json -k links.json --request-json r.json\n");
  options->policies.declare(command);
  options->request.declare(command);
  options->schema.declare(command);
  command.option("--entities", options->entities, "file of entities, in JSON");
  command.flag("-v,--verbose", options->verbose, "also the policies that decided");
  command.flag("-t,--timing", options->timing, "also how long deciding took");
  command.answers([options](Terminal& terminal) { return authorize(terminal, *options); });
}

}  // namespace steelyard::cli
