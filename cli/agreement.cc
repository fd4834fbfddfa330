// steelyard agreement: proposes and approves agreements; lists and shows them. agreement_change.cc has the rest.
#include "cli/agreement.h"
#include "cli/agreement_terms.h"
#include "cli/documents.h"
#include "cli/review_words.h"
#include "cli/statement_text.h"
#include "cli/verbs.h"

namespace steelyard::cli {
namespace {

using schemas::Role;
using schemas::StatementKind;

struct Options {
  Making making;
  std::string id, file, role, digest;
  TermFlags flags;
};

Status propose(Terminal& terminal, const Options& options) {
  if (options.file.empty() != options.flags.given())
    return usage("give the agreement's file, or --id, --dataset, --fields, --purpose, --basis and --duty");
  TRY(check_role(options.role));
  const Instant now = terminal.clock.wall();
  schemas::Agreement body;
  if (!options.file.empty()) {
    TRY_ASSIGN(config::Table file, config::read_file(options.file));
    TRY_ASSIGN(body, read_agreement(file, now));
  }
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  if (options.file.empty()) {
    TRY_ASSIGN(body, agreement_of(options.flags, desk.registry(), desk.office.member, now));
  }
  TRY_ASSIGN(const Role role, own_role(options.role, body, desk.office.member));
  const std::string subject = body.agreement.text;
  return make_statement(terminal, desk, options.making, StatementKind::kAgreement, subject, role, std::move(body));
}

struct RenewOptions {
  Making making;
  RenewFlags flags;
};

Status renew(Terminal& terminal, const RenewOptions& options) {
  const RenewFlags& flags = options.flags;
  if (auto good = check_name(flags.id); !good) return usage(good.error().what);
  TRY(check_role(flags.role));
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(desk.registry(), flags.id));
  TRY_ASSIGN(schemas::Agreement body, renewed(*record, flags, desk.registry(), terminal.clock.wall()));
  TRY_ASSIGN(const Role role, own_role(flags.role, body, desk.office.member));
  return make_statement(terminal, desk, options.making, StatementKind::kAgreement, flags.id, role, std::move(body));
}

Status approve(Terminal& terminal, const Options& options) {
  const bool hexadecimal = options.digest.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!options.digest.empty() && (options.digest.size() != 64 || !hexadecimal))
    return usage("--digest: 64 hexadecimal digits, as `agreement review` ends with them");
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  TRY(check_role(options.role));
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(desk.registry(), options.id));
  if (!record->proposed) return usage("no version of `" + options.id + "` waits for approval");
  // What was read is what is signed: a version proposed in between is another one.
  const std::string digest = to_hex(record->proposed_digest.view());
  if (!options.digest.empty() && options.digest != digest)
    return usage("--digest: the version of `" + options.id + "` that waits has digest " + digest + ": review it again");
  terminal.err << "approves the version with digest " << digest << "\n";
  TRY_ASSIGN(const Role role, own_role(options.role, record->proposed->statement, desk.office.member));
  const std::string subject = options.id + "/" + std::string(schemas::name_of(role));
  return make_statement(terminal, desk, options.making, StatementKind::kApproval, subject, role,
                        schemas::Approval{record->id, record->proposed_digest, role});
}

Table list(const exchange::Registry& registry, Instant now) {
  Table table{{"agreement", "phase", "user", "owner", "manager", "dataset", "fields", "purposes", "waits_for"}, {}};
  for (const AgreementId& id : registry.agreements()) {
    const exchange::AgreementRecord& record = *registry.agreement(id);
    const schemas::Agreement& terms = *record.terms();
    json::Value fields = json::array(), purposes = json::array(), missing = json::array();
    for (const FieldName& field : terms.fields) fields.push(field.text);
    for (const PurposeId& purpose : terms.purposes) purposes.push(purpose.text);
    if (record.proposed && !record.handling.returned)
      for (const Role role : {Role::kUser, Role::kOwner, Role::kManager})
        if (record.approved.count(role) == 0) missing.push(schemas::name_of(role));
    table.rows.push_back({id, phase_text(record, now).en, terms.user, terms.owner, terms.manager, terms.dataset.text,
                          std::move(fields), std::move(purposes), std::move(missing)});
  }
  return table;
}

Result<json::Value> show(const exchange::Registry& registry, const std::string& id, Instant now) {
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(registry, id));
  json::Value value = describe_body(*record->terms());
  value.set("phase", phase_text(*record, now).en);
  if (!record->reason.empty()) value.set("reason", record->reason.text);
  value.set("since", to_rfc3339(record->since));
  json::Value fallen = json::array();
  for (const auto& one : exchange::fallen_of(registry, *record->terms(), now)) fallen.push(exchange::describe(one));
  value.set("fallen", std::move(fallen));
  if (record->in_force) {
    value.set("in_force_entry", index_value(record->in_force->number));
    json::Value approvals = json::array();
    for (const auto& [role, index] : record->approvals_in_force)
      approvals.push(json::object({{"role", schemas::name_of(role)}, {"entry", index_value(index)}}));
    value.set("approvals", std::move(approvals));
  }
  if (record->proposed) {
    value.set("proposed_entry", index_value(record->proposed->number));
    value.set("proposed_digest", to_hex(record->proposed_digest.view()));
    value.set("returned", record->handling.returned);
    if (record->handling.returned) value.set("points", describe(record->handling.points));
    json::Value approved = json::array();
    for (const Role role : record->approved) approved.push(schemas::name_of(role));
    value.set("proposed_approved_by", std::move(approved));
  }
  return value;
}

}  // namespace

void register_agreement(Command& root) {
  Command noun = root.verb("agreement", "proposes, approves, suspends, resumes and ends agreements");
  auto proposing = std::make_shared<Options>();
  Command propose_verb =
      noun.verb("propose", "proposes an agreement, or its next version",
                "  steelyard agreement propose tax-relief.toml --home tax-office\n"
                "  steelyard agreement propose --id tax-relief --dataset civil-affairs/household \\\n"
                "      --fields name,household_size --purpose tax-relief --basis tax-law-15 \\\n"
                "      --duty income-tax --home tax-office\n");
  propose_verb.option("file", proposing->file, "the agreement (docs/cli.md)");
  proposing->flags.declare(propose_verb);
  propose_verb.option("--role", proposing->role, "the right in which you propose, if you have more than one");
  proposing->making.declare(propose_verb);
  propose_verb.runs([proposing](Terminal& terminal) { return propose(terminal, *proposing); });

  auto approving = std::make_shared<Options>();
  Command approve_verb =
      noun.verb("approve", "approves the proposed version, in one of the three rights",
                "  steelyard agreement approve tax-relief --role user --home tax-office\n"
                "  steelyard agreement approve tax-relief --role owner --home civil-affairs-office\n"
                "  steelyard agreement approve tax-relief --role manager --home data-bureau-office\n");
  approve_verb.required("id", approving->id, "the agreement's id");
  approve_verb.option("--role", approving->role, "user, owner or manager");
  approve_verb.option("--digest", approving->digest, "of the version that you have reviewed: no other is signed");
  approving->making.declare(approve_verb);
  approve_verb.runs([approving](Terminal& terminal) { return approve(terminal, *approving); });

  auto renewing = std::make_shared<RenewOptions>();
  Command renew_verb = noun.verb("renew", "proposes the version in force once more, following duties that have moved",
                                 "  steelyard agreement renew tax-relief --valid-until 2028-01-01 --home tax-office\n");
  renew_verb.required("id", renewing->flags.id, "the agreement's id");
  renew_verb.option("--valid-until", renewing->flags.valid_until, "its new end");
  renew_verb.flag("--until-conditions-change", renewing->flags.until_conditions_change, "without an end");
  renew_verb.option("--basis", renewing->flags.basis, "another legal basis");
  renew_verb.option("--role", renewing->flags.role, "the right in which you propose, if you have more than one");
  renewing->making.declare(renew_verb);
  renew_verb.runs([renewing](Terminal& terminal) { return renew(terminal, *renewing); });

  register_version_changes(noun);
  register_changes(noun);
  register_views(noun);
  register_narrow(noun);
  declare_list(noun, "the agreements with their phases", list);
  declare_show(noun, "an agreement, its approvals and its phase", show);
}

}  // namespace steelyard::cli
