// steelyard query: asks for rows, prints them, and says where, under what and how fresh.
#include "cli/asking.h"
#include "cli/query_outcome.h"
#include "cli/verbs.h"

namespace steelyard::cli {
namespace {

struct Options {
  AskOptions asking;
  std::string fields;
  bool strict = false;
};

void tell(Terminal& terminal, const client::Outcome& outcome) {
  const schemas::Answer* answer = outcome.verified_answer();
  if (answer != nullptr && answer->status != schemas::AnswerStatus::kNo) print(terminal, table_of(outcome.rows));
  tell_outcome(terminal, outcome, std::to_string(outcome.rows.count) + " rows");
}

Status run(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(client::Query query, query_of(options.asking, options.fields, options.strict));
  TRY(conditions_of(options.asking.where, query.dataset, nullptr));
  // The conditions' types are those of the catalogue.
  const auto complete = [&options](const exchange::Registry& registry, client::Query& asked) -> Status {
    TRY_ASSIGN(asked.parameters, conditions_of(options.asking.where, asked.dataset, &registry));
    return {};
  };
  const auto describe_rows = [](const client::Outcome& outcome, const Status& done, std::optional<bool> proved) {
    return describe(outcome, done, proved);
  };
  return ask_and_tell(terminal, options.asking, std::move(query), complete, {tell, describe_rows});
}

}  // namespace

void register_query(Command& root) {
  auto options = std::make_shared<Options>();
  Command command = root.verb(
      "query", "asks an owner for rows, under an agreement, and keeps the receipt",
      "  steelyard query civil-affairs/household --fields name,division --where id_number=110101199003070038 \\\n"
      "      --purpose tax-relief --application tax-relief --home tax-office\n"
      "  steelyard -o json query civil-affairs/household --fields household_size --where 'household_id in a,b' \\\n"
      "      --purpose tax-relief --application tax-relief --operator 0417 --case 2026-00123 --home tax-office\n");
  command.required("dataset", options->asking.dataset, "OWNER/CODE");
  command.required("--fields", options->fields, "fields wanted, a,b,c");
  command.option("--where", options->asking.where, "a condition: field=value, >=, `field in a,b`; may be repeated");
  command.flag("--strict", options->strict, "a withheld field refuses the whole request");
  options->asking.declare(command);
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
