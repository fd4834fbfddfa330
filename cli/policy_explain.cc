// steelyard policy explain: what a member may see of a dataset, for which purpose, until when, and why not the rest.
#include "cli/explanation.h"
#include "cli/policy.h"
#include "cli/session.h"
#include "cli/usage.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

struct Options {
  std::string home, user, dataset, purpose, application, at;
};

json::Value id_value(const std::string& id) { return id.empty() ? json::Value() : json::Value(id); }

Result<ApplicationId> application_of(const exchange::Registry& registry, const Options& options) {
  if (!options.application.empty()) {
    const auto* known = registry.application(ApplicationId(options.application));
    if (known == nullptr || known->statement.member.text != options.user)
      return usage("--application: `" + options.user + "` has no application `" + options.application + "`");
    return ApplicationId(options.application);
  }
  for (const ApplicationId& id : registry.applications())
    if (registry.application(id)->statement.member.text == options.user) return id;
  return usage("`" + options.user + "` has no application: nobody asks in its name");
}

Table table_of(const schemas::Catalogue& catalogue, const exchange::Registry& registry, const std::vector<Way>& ways) {
  Table table{{"agreement", "purpose", "field", "query", "verify", "subscribe", "until", "why"}, {}};
  for (const Way& way : ways) {
    const auto* record = registry.agreement(way.agreement);
    const bool ends = record != nullptr && record->terms()->valid_until.has_value();
    for (std::size_t place = 0; place < catalogue.fields.size(); ++place) {
      auto& row = table.rows.emplace_back();
      row = {id_value(way.agreement.text), id_value(way.purpose.text), catalogue.fields[place].name};
      for (const exchange::Explained& explained : way.by_action) row.emplace_back(cell_of(explained, place));
      row.push_back(ends ? json::Value(to_rfc3339(*record->terms()->valid_until)) : json::Value());
      row.push_back(id_value(why_of(way, place)));
    }
  }
  return table;
}

void tell(Terminal& terminal, const exchange::Registry& registry, const Asker& asker, const std::vector<Way>& ways,
          Instant at) {
  const Table table = table_of(registry.dataset(asker.dataset)->statement, registry, ways);
  json::Value said = json::array();
  for (const Way& way : ways) {
    const std::vector<schemas::Text> sentences = sentences_of(registry, asker, way);
    json::Value zh = json::array(), en = json::array();
    for (const schemas::Text& sentence : sentences) {
      zh.push(sentence.zh);
      en.push(sentence.en);
    }
    said.push(json::object({{"agreement", id_value(way.agreement.text)},
                            {"purpose", id_value(way.purpose.text)},
                            {"zh", std::move(zh)},
                            {"en", std::move(en)}}));
    if (terminal.output == Output::kJson) continue;
    for (const schemas::Text& sentence : sentences) terminal.err << printable(sentence.zh) << "\n";
    for (const schemas::Text& sentence : sentences) terminal.err << printable(sentence.en) << "\n";
    terminal.err << "\n";
  }
  if (terminal.output != Output::kJson) return print(terminal, table);
  print(terminal, json::object({{"user", asker.user},
                                {"application", asker.application},
                                {"dataset", asker.dataset},
                                {"at", to_rfc3339(at)},
                                {"fields", to_json(table)},
                                {"sentences", std::move(said)}}));
}

Status run(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.user); !good) return usage(good.error().what);
  if (auto good = check_dataset_id(options.dataset); !good) return usage(good.error().what);
  std::optional<PurposeId> purpose;
  if (!options.purpose.empty()) {
    if (auto good = check_name(options.purpose); !good) return usage("--purpose: " + good.error().what);
    purpose = PurposeId(options.purpose);
  }
  Instant at = terminal.clock.wall();
  if (!options.at.empty()) {
    auto given = instant_from_rfc3339(options.at);
    if (!given) return usage("--at: " + given.error().what);
    at = *given;
  }
  TRY_ASSIGN(Session session, Session::connect(terminal, options.home));
  const exchange::Registry& registry = session.registry();
  const Asker unnamed{MemberId(options.user), {}, DatasetId(options.dataset)};
  if (registry.member(unnamed.user) == nullptr) return usage("there is no member `" + options.user + "`");
  if (registry.dataset(unnamed.dataset) == nullptr)
    return fail(schemas::error_of(schemas::code::unknown_dataset, options.dataset));
  if (purpose && registry.term(schemas::VocabularyKind::kPurpose, purpose->text) == nullptr)
    return fail(schemas::error_of(schemas::code::unknown_purpose, purpose->text));
  TRY_ASSIGN(const ApplicationId application, application_of(registry, options));
  exchange::Gate gate(registry);
  TRY(gate.rebuild());
  const Asker asker{unnamed.user, application, unnamed.dataset};
  tell(terminal, registry, asker, ways_of(registry, gate, asker, purpose, at), at);
  return {};
}

}  // namespace

void register_policy_explain(Command& policy) {
  auto options = std::make_shared<Options>();
  Command command = policy.verb("explain", "says what a member may see of a dataset, until when, and why not the rest",
                                "  steelyard policy explain tax civil-affairs/household --home tax-office\n"
                                "  steelyard policy explain tax civil-affairs/household --purpose tax-relief "
                                "--at 2027-06-01 --home data-bureau-office\n");
  command.required("user", options->user, "member id of who would ask");
  command.required("dataset", options->dataset, "OWNER/CODE");
  command.option("--purpose", options->purpose, "for this purpose alone");
  command.option("--application", options->application, "that would ask; else the member's first");
  command.option("--at", options->at, "at this time, by the statements of today: 2027-06-01, or with time and zone");
  command.home(options->home);
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
