// steelyard policy: publishes policy sets.
#include "cli/policy.h"

#include "cli/desk.h"
#include "cli/policy_input.h"
#include "cli/statement_text.h"
#include "cli/usage.h"
#include "cli/verbs.h"
#include "core/exchange/gate.h"

namespace steelyard::cli {
namespace {

struct Options {
  Making making;
  std::string file;
  std::string subject = "baseline";
};

Status publish(Terminal& terminal, const Options& options) {
  schemas::PolicySet body;
  TRY_ASSIGN(body.text, read_policy_set(options.file, options.subject));
  body.valid_from = terminal.clock.wall();
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  const schemas::Role role =
      options.subject == exchange::kBaseline ? schemas::Role::kRootManager : schemas::Role::kOwner;
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kPolicySet, options.subject, role,
                        std::move(body));
}

Table list(const exchange::Registry& registry, Instant) {
  Table table{{"policy_set", "valid_from", "bytes", "entry"}, {}};
  for (const std::string& subject : registry.policy_sets()) {
    const auto& set = *registry.policy_set(subject);
    table.rows.push_back(
        {subject, to_rfc3339(set.statement.valid_from), set.statement.text.size(), index_value(set.number)});
  }
  return table;
}

Result<json::Value> show(const exchange::Registry& registry, const std::string& id, Instant) {
  const auto* set = registry.policy_set(id);
  if (set == nullptr) return usage("there is no policy set `" + id + "`");
  json::Value value = describe_body(set->statement);
  value.set("entry", index_value(set->number));
  return value;
}

}  // namespace

void register_policy(Command& root) {
  Command noun = root.verb(
      "policy",
      "policy sets in the Cedar language: publishes, lists and shows them; decides, translates and checks policies");
  auto options = std::make_shared<Options>();
  Command command = noun.verb("publish", "publishes the baseline, or an owner's own set",
                              "  steelyard policy publish baseline.cedar --home data-bureau-office\n"
                              "  steelyard policy publish ours.cedar --subject civil-affairs "
                              "--home civil-affairs-office\n");
  command.required("file", options->file, "Cedar text");
  command.option("--subject", options->subject, "baseline, or the owner's member id");
  options->making.declare(command);
  command.runs([options](Terminal& terminal) { return publish(terminal, *options); });
  declare_list(noun, "the policy sets", list);
  declare_show(noun, "a policy set", show);
  register_policy_bench(noun);
  register_policy_diff(noun);
  register_policy_explain(noun);
  register_policy_authorize(noun);
  register_policy_format(noun);
  register_policy_test(noun);
  register_policy_translate(noun);
  register_policy_translate_schema(noun);
  register_policy_validate(noun);
}

}  // namespace steelyard::cli
