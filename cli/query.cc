// steelyard query: asks for rows, prints them, and says where, under what and how fresh.
#include <optional>

#include "cli/folder.h"
#include "cli/query_outcome.h"
#include "cli/session.h"
#include "cli/value_text.h"
#include "cli/verbs.h"
#include "core/client/consumer.h"
#include "core/store/durable_file.h"
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

void tell_entries(Terminal& terminal, const client::Outcome& outcome) {
  if (outcome.request_entry != kNoIndex) terminal.err << "request recorded as entry " << outcome.request_entry.value;
  if (outcome.closing_entry != kNoIndex)
    terminal.err << (outcome.request_entry != kNoIndex ? ", closed by entry " : "recorded as entry ")
                 << outcome.closing_entry.value;
  terminal.err << "\nreceipt " << to_text(outcome.id) << "\n";
}

// Rows, and what people are told beside them.
void tell(Terminal& terminal, const client::Outcome& outcome) {
  if (outcome.kind == client::OutcomeKind::kRefused) terminal.err << "refused, and recorded\n";
  if (const schemas::Answer* answer = outcome.verified_answer(); answer != nullptr) {
    if (answer->status != schemas::AnswerStatus::kNo) print(terminal, table_of(outcome.rows));
    terminal.err << "status " << schemas::name_of(answer->status) << ", " << outcome.rows.count << " rows, as of "
                 << (answer->as_of ? to_rfc3339(*answer->as_of) : "unknown") << ", took " << outcome.took.us / 1000
                 << " ms\n";
    if (!outcome.masks.empty()) terminal.err << "masked: " << joined(outcome.masks) << "\n";
    if (!outcome.withheld.empty()) terminal.err << "withheld: " << joined(outcome.withheld) << "\n";
  }
  if (outcome.is_recorded()) tell_entries(terminal, outcome);
}

// Until the promises of this exchange are proved and its hand-over is recorded, or the time is up.
Result<bool> wait_for_receipts(Session& session, client::Consumer& consumer, const Session::Handle& handle) {
  const auto whole = [&] {
    consumer.tick();
    return consumer.unacknowledged() == 0 && session.node().held() == 0;
  };
  return session.run(handle, whole, kProofWait);
}

Status run(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(client::Query query, query_of(options));
  // Before anybody is asked: an answer whose receipt cannot be kept is not to be had.
  TRY_ASSIGN(const client::Identity identity, read_home(options.home));
  TRY(store::make_dir(identity.state_dir, 0700));
  TRY_ASSIGN(auto receipts, client::ReceiptStore::open(join(identity.state_dir, "receipts")));
  TRY_ASSIGN(Session session, Session::connect(terminal, options.home));
  TRY(add_conditions(options, session.registry(), query));
  client::Consumer consumer(session.node(), receipts.get(), client::ConsumerOptions{});
  TRY_ASSIGN(const ExchangeId id, consumer.ask(query));
  const Session::Handle handle = [&consumer](const client::Incoming& incoming) { consumer.handle(incoming); };
  std::vector<client::Outcome> outcomes;
  const auto done = [&] {
    consumer.tick();
    outcomes = consumer.take_outcomes();
    return !outcomes.empty();
  };
  const auto ran = session.run(handle, done, query.life + seconds(5));
  if (outcomes.empty()) {
    outcomes.emplace_back();  // timed out
    outcomes.back().id = id;
  }
  const client::Outcome& outcome = outcomes.front();
  const bool for_people = terminal.output != Output::kJson;
  if (for_people) tell(terminal, outcome);  // at once: proofs take their time
  Status ends = ran ? verdict_on(outcome) : Status(fail(ran.error()));
  std::optional<bool> proved;
  if (ran && outcome.is_recorded() && !options.no_wait_receipt) {
    auto waited = wait_for_receipts(session, consumer, handle);
    if (waited)
      proved = *waited;
    else
      ends = fail(std::move(waited).error());
  }
  if (!for_people)
    print(terminal, describe(outcome, ends, proved));
  else if (proved)
    terminal.err << (*proved ? "proved against the log's checkpoint\n" : "not proved yet\n");
  return ends;
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
