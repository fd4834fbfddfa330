// steelyard query: asks for rows, prints them, and says where, under what and how fresh.
#include <algorithm>

#include "cli/folder.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "cli/verbs.h"
#include "core/client/consumer.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr Duration kProofWait = seconds(5);

struct Options {
  std::string home, dataset, fields, purpose, application, agreement, operator_id, case_number;
  std::vector<std::string> where;
  std::string timeout = "30s";
  bool strict = false, no_wait_receipt = false;
};

// What the command line alone tells, before anybody is asked.
Result<client::Query> query_of(const Options& options) {
  client::Query query;
  if (auto good = check_dataset_id(options.dataset); !good) return usage(good.error().what);
  query.dataset = DatasetId(options.dataset);
  for (const auto& [name, id] : {std::pair{"--purpose: ", &options.purpose},
                                 {"--application: ", &options.application},
                                 {"--agreement: ", &options.agreement}}) {
    if (id->empty() && id == &options.agreement) continue;
    if (auto good = check_name(*id); !good) return usage(name + good.error().what);
  }
  query.application = ApplicationId(options.application);
  query.purpose = PurposeId(options.purpose);
  query.agreement = AgreementId(options.agreement);
  for (const std::string& field : split(options.fields, ',')) {
    if (auto good = check_name(field); !good) return usage("--fields: " + good.error().what);
    query.fields.emplace_back(field);
  }
  if (query.fields.empty()) return usage("--fields: name at least one field");
  query.operator_id = options.operator_id;
  query.case_number = options.case_number;
  query.strict = options.strict;
  auto life = parse_duration(options.timeout);
  if (!life) return tl::unexpected(std::move(life.error()).in("--timeout"));
  query.life = *life;
  if (query.life < seconds(1) || query.life > limits::kLifeMax) return usage("--timeout: from 1s to 5m");
  for (const std::string& condition : options.where)
    TRY(parse_condition(condition, [](const FieldName&) { return schemas::ValueType::kString; }));
  return query;
}

// The conditions' types are those of the catalogue.
Status add_conditions(const Options& options, const exchange::Registry& registry, client::Query& query) {
  const auto* dataset = registry.dataset(query.dataset);
  if (dataset == nullptr)
    return tl::unexpected<Error>(schemas::error_of(schemas::code::unknown_dataset, options.dataset));
  const TypeOf type_of = [dataset](const FieldName& name) -> std::optional<schemas::ValueType> {
    for (const schemas::CatalogueField& field : dataset->statement.fields)
      if (field.name == name) return field.type;
    return {};
  };
  for (const std::string& condition : options.where) {
    TRY_ASSIGN(schemas::Parameter parameter, parse_condition(condition, type_of));
    query.parameters.push_back(std::move(parameter));
  }
  return {};
}

std::string joined(const std::vector<FieldName>& names) {
  std::string text;
  for (const FieldName& name : names) text += (text.empty() ? "" : ", ") + name.text;
  return text;
}

void print_rows(Terminal& terminal, const schemas::Rows& rows) {
  Table table;
  for (const schemas::Column& column : rows.columns) table.columns.push_back(column.name.text);
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    auto& row = table.rows.emplace_back();
    for (const schemas::Column& column : rows.columns) row.push_back(to_json(column.values[i], column.type));
  }
  print(terminal, table);
}

void tell_entries(Terminal& terminal, const client::Outcome& outcome) {
  if (outcome.request_entry != kNoIndex) terminal.err << "request recorded as entry " << outcome.request_entry.value;
  if (outcome.closing_entry != kNoIndex)
    terminal.err << (outcome.request_entry != kNoIndex ? ", closed by entry " : "recorded as entry ")
                 << outcome.closing_entry.value;
  terminal.err << "\nreceipt " << to_text(outcome.id) << "\n";
}

// What came, said to people; the error is the exit code.
Status tell(Terminal& terminal, const client::Outcome& outcome) {
  using client::OutcomeKind;
  if (outcome.kind == OutcomeKind::kAnswered && outcome.answer) {
    const schemas::Answer& answer = *outcome.answer;
    if (answer.status != schemas::AnswerStatus::kNo) print_rows(terminal, outcome.rows);
    terminal.err << "status " << schemas::name_of(answer.status) << ", " << outcome.rows.count << " rows, as of "
                 << (answer.as_of ? to_rfc3339(*answer.as_of) : "unknown") << ", took " << outcome.took.us / 1000
                 << " ms\n";
    if (!outcome.withheld.empty()) terminal.err << "withheld: " << joined(outcome.withheld) << "\n";
    tell_entries(terminal, outcome);
    if (answer.status != schemas::AnswerStatus::kNo) return {};
    return tl::unexpected<Error>(schemas::error_of(answer.reason, "said by the owner"));
  }
  std::string detail = outcome.withheld.empty() ? "" : joined(outcome.withheld);
  if (outcome.kind == OutcomeKind::kRejected && outcome.delay_ms != 0)
    detail = "retry after " + std::to_string(outcome.delay_ms) + " ms";
  if (outcome.kind == OutcomeKind::kRefused) {
    terminal.err << "refused, and recorded\n";
    tell_entries(terminal, outcome);
  }
  const ErrorCode code = outcome.code != 0 ? outcome.code : schemas::code::timed_out;
  return tl::unexpected<Error>(schemas::error_of(code, detail));
}

// Until the promises of this exchange are proved and its hand-over is recorded, or the time is up.
Status wait_for_receipts(Terminal& terminal, Session& session, client::Consumer& consumer,
                         const Session::Handle& handle) {
  const auto whole = [&] {
    consumer.tick();
    return consumer.unacknowledged() == 0 && session.node().held() == 0;
  };
  TRY_ASSIGN(const bool proved, session.run(handle, whole, kProofWait));
  terminal.err << (proved ? "proved against the log's checkpoint\n" : "not proved yet\n");
  return {};
}

Status run(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(client::Query query, query_of(options));
  TRY_ASSIGN(Session session, Session::connect(terminal, options.home));
  TRY(add_conditions(options, session.registry(), query));
  const std::string state = session.node().identity().state_dir;
  TRY_ASSIGN(auto receipts, client::ReceiptStore::open(join(state, "receipts")));
  client::Consumer consumer(session.node(), receipts.get(), client::ConsumerOptions{});
  TRY_ASSIGN(const ExchangeId id, consumer.ask(query));
  const Session::Handle handle = [&consumer](const client::Incoming& incoming) { consumer.handle(incoming); };
  std::vector<client::Outcome> outcomes;
  const auto done = [&] {
    consumer.tick();
    outcomes = consumer.take_outcomes();
    return !outcomes.empty();
  };
  TRY(session.run(handle, done, query.life + seconds(5)));
  if (outcomes.empty())
    return tl::unexpected<Error>(schemas::error_of(schemas::code::timed_out, "exchange " + to_text(id)));
  const Status told = tell(terminal, outcomes.front());
  const auto kind = outcomes.front().kind;
  const bool recorded = kind == client::OutcomeKind::kAnswered || kind == client::OutcomeKind::kRefused;
  if (recorded && !options.no_wait_receipt) TRY(wait_for_receipts(terminal, session, consumer, handle));
  return told;
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
  command.required("dataset", options->dataset, "OWNER/CODE");
  command.required("--fields", options->fields, "fields wanted, a,b,c");
  command.option("--where", options->where, "a condition: field=value, >=, `field in a,b`; may be repeated");
  command.required("--purpose", options->purpose, "id of a registered purpose");
  command.required("--application", options->application, "id of the application that asks");
  command.option("--agreement", options->agreement, "id of the agreement, where more than one matches");
  command.option("--operator", options->operator_id, "who asks, for the owner's eyes only");
  command.option("--case", options->case_number, "for which case, for the owner's eyes only");
  command.flag("--strict", options->strict, "a withheld field refuses the whole request");
  command.option("--timeout", options->timeout, "how long the request lives, 1s to 5m");
  command.flag("--no-wait-receipt", options->no_wait_receipt, "do not wait for the proofs");
  command.home(options->home);
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
