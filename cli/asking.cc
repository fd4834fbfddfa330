#include "cli/asking.h"

#include <optional>

#include "cli/folder.h"
#include "cli/query_outcome.h"
#include "cli/session.h"
#include "cli/usage.h"
#include "cli/value_text.h"
#include "core/base/limits.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr Duration kProofWait = seconds(5);

// Until the promises of this exchange are proved and its hand-over is recorded, or the time is up.
Result<bool> wait_for_receipts(Session& session, client::Consumer& consumer, const Session::Handle& handle) {
  const auto whole = [&] {
    consumer.tick();
    return consumer.unacknowledged() == 0 && session.node().held() == 0;
  };
  return session.run(handle, whole, kProofWait);
}

}  // namespace

void AskOptions::declare_question(Command& command) {
  command.required("--purpose", purpose, "id of a registered purpose");
  command.required("--application", application, "id of the application that asks");
  command.option("--agreement", agreement, "id of the agreement, where more than one matches");
  command.option("--operator", operator_id, "who asks, for the owner's eyes only");
  command.option("--case", case_number, "for which case, for the owner's eyes only");
  command.home(home);
}

void AskOptions::declare(Command& command) {
  declare_question(command);
  command.option("--timeout", timeout, "how long the request lives, 1s to 5m");
  command.flag("--no-wait-receipt", no_wait_receipt, "do not wait for the proofs");
}

Result<client::Query> query_of(const AskOptions& options) {
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
  query.operator_id = options.operator_id;
  query.case_number = options.case_number;
  auto life = parse_duration(options.timeout);
  if (!life) return tl::unexpected(std::move(life.error()).in("--timeout"));
  query.life = *life;
  if (query.life < seconds(1) || query.life > limits::kLifeMax) return usage("--timeout: from 1s to 5m");
  return query;
}

Result<client::Query> query_of(const AskOptions& options, const std::string& fields, bool strict) {
  TRY_ASSIGN(client::Query query, query_of(options));
  for (const std::string& field : split(fields, ',')) {
    if (auto good = check_name(field); !good) return usage("--fields: " + good.error().what);
    query.fields.emplace_back(field);
  }
  if (query.fields.empty()) return usage("--fields: name at least one field");
  query.strict = strict;
  return query;
}

Result<std::vector<schemas::Parameter>> conditions_of(const std::vector<std::string>& texts, const DatasetId& dataset,
                                                      const exchange::Registry* registry) {
  const auto* known = registry == nullptr ? nullptr : registry->dataset(dataset);
  if (registry != nullptr && known == nullptr)
    return tl::unexpected<Error>(schemas::error_of(schemas::code::unknown_dataset, dataset.text));
  const TypeOf type_of = [known](const FieldName& name) -> std::optional<schemas::ValueType> {
    if (known == nullptr) return schemas::ValueType::kString;
    for (const schemas::CatalogueField& field : known->statement.fields)
      if (field.name == name) return field.type;
    return {};
  };
  std::vector<schemas::Parameter> parameters;
  for (const std::string& text : texts) {
    TRY_ASSIGN(schemas::Parameter parameter, parse_condition(text, type_of));
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

Status ask_and_tell(Terminal& terminal, const AskOptions& options, client::Query query,
                    const std::function<Status(const exchange::Registry&, client::Query&)>& complete,
                    const Telling& telling) {
  // Before anybody is asked: an answer whose receipt cannot be kept is not to be had.
  TRY_ASSIGN(const client::Identity identity, read_home(options.home));
  TRY(store::make_dir(identity.state_dir, 0700));
  TRY_ASSIGN(auto receipts, client::ReceiptStore::open(join(identity.state_dir, "receipts")));
  TRY_ASSIGN(Session session, Session::connect(terminal, options.home));
  TRY(complete(session.registry(), query));
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
  if (for_people) telling.to_people(terminal, outcome);  // at once: proofs take their time
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
    print(terminal, telling.to_programs(outcome, ends, proved));
  else if (proved)
    terminal.err << (*proved ? "proved against the log's checkpoint\n" : "not proved yet\n");
  return ends;
}

void tell_outcome(Terminal& terminal, const client::Outcome& outcome, const std::string& what) {
  if (outcome.kind == client::OutcomeKind::kRefused) terminal.err << "refused, and recorded\n";
  if (const schemas::Answer* answer = outcome.verified_answer(); answer != nullptr) {
    terminal.err << "status " << schemas::name_of(answer->status) << ", " << what << ", as of "
                 << (answer->as_of ? to_rfc3339(*answer->as_of) : "unknown") << ", took " << outcome.took.us / 1000
                 << " ms\n";
    if (!outcome.masks.empty()) terminal.err << "masked: " << joined(outcome.masks) << "\n";
    if (!outcome.withheld.empty()) terminal.err << "withheld: " << joined(outcome.withheld) << "\n";
  }
  if (!outcome.is_recorded()) return;
  if (outcome.request_entry != kNoIndex) terminal.err << "request recorded as entry " << outcome.request_entry.value;
  if (outcome.closing_entry != kNoIndex)
    terminal.err << (outcome.request_entry != kNoIndex ? ", closed by entry " : "recorded as entry ")
                 << outcome.closing_entry.value;
  terminal.err << "\nreceipt " << to_text(outcome.id) << "\n";
}

}  // namespace steelyard::cli
