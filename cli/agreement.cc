// steelyard agreement: proposes, approves, suspends, resumes and ends agreements; lists and shows them.
#include "cli/desk.h"
#include "cli/documents.h"
#include "cli/statement_text.h"
#include "cli/verbs.h"
#include "core/store/durable_file.h"

#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace steelyard::cli {
namespace {

using schemas::Role;
using schemas::StatementKind;

struct Options {
  Making making;
  std::string id, file, role, reason, adapter;
};

Result<const exchange::AgreementRecord*> agreement_in(const exchange::Registry& registry, const std::string& id) {
  const exchange::AgreementRecord* record = registry.agreement(AgreementId(id));
  if (record == nullptr) return usage("there is no agreement `" + id + "`");
  return record;
}

// The right that was named, else the one that the member has in the agreement.
Result<Role> own_role(const Options& options, const schemas::Agreement& terms, const MemberId& member) {
  const std::string name = options.role.empty() ? role_in(terms, member) : options.role;
  if (name.empty()) return usage("`" + member.text + "` is no party to `" + terms.agreement.text + "`");
  return role_named(name);
}

Status propose(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(config::Table file, config::read_file(options.file));
  TRY_ASSIGN(schemas::Agreement body, read_agreement(file, terminal.clock.wall()));
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  TRY_ASSIGN(const Role role, own_role(options, body, desk.office.member));
  const std::string subject = body.agreement.text;
  return make_statement(terminal, desk, options.making, StatementKind::kAgreement, subject, role, std::move(body));
}

Status approve(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(desk.registry(), options.id));
  if (!record->proposed) return usage("no version of `" + options.id + "` waits for approval");
  TRY_ASSIGN(const Role role, own_role(options, record->proposed->statement, desk.office.member));
  const std::string subject = options.id + "/" + std::string(schemas::name_of(role));
  return make_statement(terminal, desk, options.making, StatementKind::kApproval, subject, role,
                        schemas::Approval{record->id, record->proposed_digest, role});
}

// The owner's own stop: its adapter heeds the file at once, broker or no broker.
Status stop_locally(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  const std::string state = join(options.adapter, "state");
  const std::string dir = join(state, "suspended");
  TRY(store::make_dir(state, 0700));
  TRY(store::make_dir(dir, 0700));
  TRY_ASSIGN(const bool there, store::exists(join(dir, options.id)));
  if (!there) TRY(store::write_file_durably(join(dir, options.id), {}, 0600));
  terminal.err << "the adapter in " << options.adapter << " serves nothing under `" << options.id << "` from now on\n";
  return {};
}

Status go_locally(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  const std::string dir = join(join(options.adapter, "state"), "suspended");
  const std::string path = join(dir, options.id);
  if (::unlink(path.c_str()) != 0) {
    if (errno == ENOENT) return {};
    return fail(ErrorKind::kStop, path + ": " + std::generic_category().message(errno));
  }
  TRY(store::sync_dir(dir));
  terminal.err << "the adapter in " << options.adapter << " no longer holds `" << options.id << "` back\n";
  return {};
}

Status change(Terminal& terminal, const Options& options, schemas::AgreementChange change) {
  const bool local = !options.adapter.empty();
  if (local && change == schemas::AgreementChange::kSuspend) TRY(stop_locally(terminal, options));
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(desk.registry(), options.id));
  TRY_ASSIGN(const Role role, own_role(options, *record->terms(), desk.office.member));
  TRY(make_statement(terminal, desk, options.making, StatementKind::kAgreementState, options.id + "/state", role,
                     schemas::AgreementState{record->id, change, ReasonId(options.reason)}));
  if (local && change == schemas::AgreementChange::kResume) return go_locally(terminal, options);
  return {};
}

Table list(const exchange::Registry& registry, Instant) {
  Table table{{"agreement", "phase", "user", "owner", "manager", "dataset", "fields", "purposes", "waits_for"}, {}};
  for (const AgreementId& id : registry.agreements()) {
    const exchange::AgreementRecord& record = *registry.agreement(id);
    const schemas::Agreement& terms = *record.terms();
    json::Value fields = json::array(), purposes = json::array(), missing = json::array();
    for (const FieldName& field : terms.fields) fields.push(field.text);
    for (const PurposeId& purpose : terms.purposes) purposes.push(purpose.text);
    if (record.proposed)
      for (const Role role : {Role::kUser, Role::kOwner, Role::kManager})
        if (record.approved.count(role) == 0) missing.push(schemas::name_of(role));
    table.rows.push_back({id, exchange::name_of(record.phase), terms.user, terms.owner, terms.manager,
                          terms.dataset.text, std::move(fields), std::move(purposes), std::move(missing)});
  }
  return table;
}

Result<json::Value> show(const exchange::Registry& registry, const std::string& id) {
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(registry, id));
  json::Value value = describe_body(*record->terms());
  value.set("phase", exchange::name_of(record->phase));
  if (!record->reason.empty()) value.set("reason", record->reason.text);
  if (record->in_force) {
    value.set("in_force_entry", index_value(record->in_force->number));
    json::Value approvals = json::array();
    for (const auto& [role, index] : record->approvals_in_force)
      approvals.push(json::object({{"role", schemas::name_of(role)}, {"entry", index_value(index)}}));
    value.set("approvals", std::move(approvals));
  }
  if (record->proposed) {
    value.set("proposed_entry", index_value(record->proposed->number));
    json::Value approved = json::array();
    for (const Role role : record->approved) approved.push(schemas::name_of(role));
    value.set("proposed_approved_by", std::move(approved));
  }
  return value;
}

void register_change(Command& noun, const std::string& name, schemas::AgreementChange which, const std::string& what,
                     const std::string& examples) {
  auto options = std::make_shared<Options>();
  Command command = noun.verb(name, what, examples);
  command.required("id", options->id, "the agreement's id");
  command.required("--reason", options->reason, "id of a registered reason");
  command.option("--role", options->role, "the right in which you act, if you have more than one");
  if (which != schemas::AgreementChange::kEnd)
    command.option("--adapter", options->adapter,
                   "the owner's adapter folder: stopped there at once, even without the broker");
  options->making.declare(command);
  command.runs([options, which](Terminal& terminal) { return change(terminal, *options, which); });
}

}  // namespace

void register_agreement(Command& root) {
  Command noun = root.verb("agreement", "proposes, approves, suspends, resumes and ends agreements");
  auto proposing = std::make_shared<Options>();
  Command propose_verb = noun.verb("propose", "proposes an agreement, or its next version",
                                   "  steelyard agreement propose tax-relief.toml --home tax-office\n");
  propose_verb.required("file", proposing->file, "the agreement (docs/cli.md)");
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
  approving->making.declare(approve_verb);
  approve_verb.runs([approving](Terminal& terminal) { return approve(terminal, *approving); });

  using schemas::AgreementChange;
  register_change(noun, "suspend", AgreementChange::kSuspend, "stops an agreement; the owner may do so alone",
                  "  steelyard agreement suspend tax-relief --reason data-dispute --adapter civil-affairs-adapter "
                  "--home civil-affairs-office\n");
  register_change(noun, "resume", AgreementChange::kResume, "takes a suspension back",
                  "  steelyard agreement resume tax-relief --reason settled --adapter civil-affairs-adapter "
                  "--home civil-affairs-office\n");
  register_change(noun, "end", AgreementChange::kEnd, "ends an agreement for good: its user, or owner and manager",
                  "  steelyard agreement end tax-relief --reason no-longer-needed --home tax-office\n");
  declare_list(noun, "the agreements with their phases", list);
  declare_show(noun, "an agreement, its approvals and its phase", show);
}

}  // namespace steelyard::cli
