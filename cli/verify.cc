// steelyard verify: asks an owner whether claims about one record are true; gets no data.
#include "cli/asking.h"
#include "cli/query_outcome.h"
#include "cli/usage.h"
#include "cli/value_text.h"
#include "cli/verbs.h"
#include "core/exchange/truths.h"

namespace steelyard::cli {
namespace {

struct Options {
  AskOptions asking;
  std::vector<std::string> claims;
};

Table table_of(const std::vector<std::string>& claims, const client::Outcome& outcome) {
  Table table{{"claim", "truth"}, {}};
  for (std::size_t i = 0; i < outcome.truths.size() && i < claims.size(); ++i)
    table.rows.push_back({claims[i], exchange::name_of(outcome.truths[i])});
  return table;
}

Status run(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(client::Query query, query_of(options.asking));
  query.action = schemas::Action::kVerify;
  for (const auto& [name, given] :
       {std::pair{"--claim", &options.claims}, std::pair{"--where", &options.asking.where}}) {
    if (given->empty()) return usage(std::string(name) + ": give at least one");
    TRY(conditions_of(*given, query.dataset, nullptr));
  }
  const auto complete = [&options](const exchange::Registry& registry, client::Query& asked) -> Status {
    TRY_ASSIGN(asked.claims, conditions_of(options.claims, asked.dataset, &registry));
    TRY_ASSIGN(asked.parameters, conditions_of(options.asking.where, asked.dataset, &registry));
    return {};
  };
  const Telling telling{[&options](Terminal& to, const client::Outcome& outcome) {
                          if (!outcome.truths.empty()) print(to, table_of(options.claims, outcome));
                          tell_outcome(to, outcome, std::to_string(outcome.truths.size()) + " claims");
                        },
                        [&options](const client::Outcome& outcome, const Status& done, std::optional<bool> proved) {
                          json::Value value = describe(outcome, done, proved);
                          value.set("claims", to_json(table_of(options.claims, outcome)));
                          return value;
                        }};
  return ask_and_tell(terminal, options.asking, std::move(query), complete, telling);
}

}  // namespace

void register_verify(Command& root) {
  auto options = std::make_shared<Options>();
  Command command = root.verb(
      "verify", "asks an owner whether claims about one record are true, and keeps the receipt",
      "  steelyard verify civil-affairs/household --where id_number=110101199003070038 --claim 'household_size>=3' \\\n"
      "      --claim division=110101001 --purpose tax-relief --application tax-relief --home tax-office\n");
  command.required("dataset", options->asking.dataset, "OWNER/CODE");
  command.required("--claim", options->claims, "a claim: field=value, >=, `field in a,b`; may be repeated");
  command.required("--where", options->asking.where, "selects the record by its key: field=value");
  options->asking.declare(command);
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
