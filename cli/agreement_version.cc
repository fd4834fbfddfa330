// steelyard agreement return, refuse, withdraw, escalate, decide: changes about what waits.
#include "cli/agreement.h"
#include "cli/pending.h"
#include "cli/verbs.h"

namespace steelyard::cli {
namespace {

using exchange::AgreementPhase;
using schemas::AgreementChange;
using schemas::Role;

struct Options {
  Making making;
  std::string id, role, reason, points_zh, points_en, silent, of, decision;
  bool urgent = false;
};

Status check(const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  if (auto good = check_name(options.reason); !good) return usage("--reason: " + good.error().what);
  return check_role(options.role);
}

// What escalate and decide are about: the version that waits, unless there is none, or --of says otherwise.
Result<bool> about_version(const exchange::AgreementRecord& record, const std::string& of) {
  if (!of.empty() && of != "version" && of != "suspension") return usage("--of: version or suspension");
  const bool waits = record.proposed.has_value();
  if (of == "version" && !waits) return usage("no version of `" + record.id.text + "` waits for approval");
  return of.empty() ? waits : of == "version";
}

// A deadline is the office's own matter: the log does not know its working days.
Status check_overdue(Terminal& terminal, const Options& options, const exchange::Registry& registry,
                     const exchange::AgreementRecord& record, Role silent, bool of_version) {
  TRY_ASSIGN(const WorkingDays days, WorkingDays::read(options.making.home));
  for (const Waits& one : waits_of(registry, record, terminal.clock.wall(), days)) {
    const bool this_one = of_version ? one.what == "approval" : one.what == "resumption" || one.what == "ground";
    if (!this_one || one.role != silent) continue;
    if (one.overdue > 0 || options.urgent) return {};
    return usage("`" + one.member.text + "` has until the end of " + date_text(one.due) + " by your calendar, " +
                 std::to_string(one.waited) + " working days have gone by; --urgent escalates all the same");
  }
  return usage("nothing in `" + options.id + "` waits for its " + std::string(schemas::name_of(silent)));
}

Status make(Terminal& terminal, const Options& options, AgreementChange which) {
  TRY(check(options));
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(desk.registry(), options.id));
  schemas::AgreementState body{record->id, which, ReasonId(options.reason)};
  body.points = {options.points_zh, options.points_en};
  bool of_version = true;
  if (which == AgreementChange::kEscalate || which == AgreementChange::kDecide) {
    TRY_ASSIGN(const Role silent, role_named(options.silent));
    body.silent = silent;
    TRY_ASSIGN(of_version, about_version(*record, options.of));
    if (which == AgreementChange::kEscalate)
      TRY(check_overdue(terminal, options, desk.registry(), *record, silent, of_version));
  } else if (!record->proposed) {
    return usage("no version of `" + options.id + "` waits for approval");
  }
  if (which == AgreementChange::kDecide) {
    if (options.decision != "for" && options.decision != "against") return usage("--decision: for or against");
    body.decision = options.decision == "for" ? schemas::Decision::kFor : schemas::Decision::kAgainst;
  }
  if (of_version) body.statement = record->proposed_digest;
  const schemas::Agreement& terms = of_version ? record->proposed->statement : *record->terms();
  std::string wanted = options.role;
  if (wanted.empty() && which == AgreementChange::kWithdraw) wanted = schemas::name_of(record->handling.role);
  if (wanted.empty() && which == AgreementChange::kDecide) wanted = "manager";
  TRY_ASSIGN(const Role role, own_role(wanted, terms, desk.office.member));
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kAgreementState, options.id + "/state",
                        role, std::move(body));
}

using Declare = std::function<void(Command&, Options&)>;

void declare(Command& noun, const std::string& name, AgreementChange which, const std::string& what,
             const std::string& examples, const Declare& more = {}) {
  auto options = std::make_shared<Options>();
  Command command = noun.verb(name, what, examples);
  command.required("id", options->id, "the agreement's id");
  command.required("--reason", options->reason, "id of a registered reason");
  command.option("--role", options->role, "the right in which you act, if you have more than one");
  if (more) more(command, *options);
  options->making.declare(command);
  command.runs([options, which](Terminal& terminal) { return make(terminal, *options, which); });
}

void declare_points(Command& command, Options& options) {
  command.option("--points-zh", options.points_zh, "in Chinese, about no person");
  command.option("--points-en", options.points_en, "the same in English");
}

void declare_silence(Command& command, Options& options) {
  command.required("--silent", options.silent, "whose silence it is: user, owner or manager");
  command.option("--of", options.of, "version or suspension, where both wait");
}

}  // namespace

void register_version_changes(Command& noun) {
  declare(noun, "return", AgreementChange::kReturn, "sends a proposed version back, once, with what to mend",
          "  steelyard agreement return tax-relief --reason incomplete --points-zh 删去电话 \\\n"
          "      --points-en \"leave out the phone\" --home civil-affairs-office\n",
          declare_points);
  declare(noun, "refuse", AgreementChange::kRefuse, "refuses a proposed version; the one in force stays",
          "  steelyard agreement refuse tax-relief --reason no-basis --home civil-affairs-office\n");
  declare(noun, "withdraw", AgreementChange::kWithdraw, "takes back the version that you have proposed",
          "  steelyard agreement withdraw tax-relief --reason no-longer-needed --home tax-office\n");
  declare(noun, "escalate", AgreementChange::kEscalate, "puts a silence past its deadline before the manager",
          "  steelyard agreement escalate tax-relief --silent owner --reason silence --home tax-office\n",
          [](Command& command, Options& options) {
            declare_silence(command, options);
            command.flag("--urgent", options.urgent, "before the deadline of your calendar, where it cannot wait");
          });
  declare(noun, "decide", AgreementChange::kDecide, "the manager's word on what was escalated; it signs for nobody",
          "  steelyard agreement decide tax-relief --silent owner --decision for --reason silence \\\n"
          "      --home data-bureau-office\n",
          [](Command& command, Options& options) {
            declare_silence(command, options);
            command.required("--decision", options.decision, "for or against what is waited for");
            declare_points(command, options);
          });
}

}  // namespace steelyard::cli
