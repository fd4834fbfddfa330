// steelyard agreement suspend, resume, end: statements of state; the owner's own stop beside them.
//
// A stop fails closed: with --adapter the adapter is stopped before anybody is asked whether the agreement exists.
// Where the registry then says that it names nothing, or nothing of this owner's, the stop is taken back.
#include <optional>

#include "cli/agreement.h"
#include "cli/local_stop.h"
#include "cli/verbs.h"
#include "core/client/replica.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

using schemas::AgreementChange;

struct Options {
  Making making;
  std::string id, role, reason, adapter;
};

Status check(const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  if (auto good = check_name(options.reason); !good) return usage("--reason: " + good.error().what);
  return check_role(options.role);
}

Status submit_change(Terminal& terminal, Desk& desk, const Options& options, const exchange::AgreementRecord& record,
                     AgreementChange which) {
  TRY_ASSIGN(const schemas::Role role, own_role(options.role, *record.terms(), desk.office.member));
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kAgreementState, options.id + "/state",
                        role, schemas::AgreementState{record.id, which, ReasonId(options.reason)});
}

// What is known without the broker: the registry as this folder's last session left it.
std::string known_offline(const std::string& home, const std::string& id) {
  const auto identity = read_home(home);
  if (!identity) return "";
  const std::string dir = join(identity->state_dir, "replica");
  if (const auto there = store::exists(dir); !there || !*there) return "";
  const auto replica = client::Replica::open(dir, identity->genesis);
  if (!replica || (*replica)->registry().empty() || (*replica)->registry().agreement(AgreementId(id)) != nullptr)
    return "";
  return "; check the id: this folder's registry, at entry " + std::to_string((*replica)->registry().epoch().value) +
         ", knows no agreement `" + id + "`, " + near_names((*replica)->registry(), id);
}

// Whether this stop names something that this adapter serves, and the statement a reason that is registered.
Status check_stop(const exchange::Registry& registry, const Options& options, const LocalStop& stop) {
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(registry, options.id));
  const std::string& owner = record->terms()->owner.text;
  if (stop.member() != owner)
    return usage("--adapter: " + options.adapter + " belongs to `" + stop.member() + "`, and the owner in `" +
                 options.id + "` is `" + owner + "`");
  if (registry.term(schemas::VocabularyKind::kReason, options.reason) == nullptr)
    return usage("--reason: there is no registered reason `" + options.reason + "`");
  return {};
}

Status suspend_with_adapter(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(LocalStop stop, LocalStop::of(options.adapter, options.id));
  TRY(stop.put());
  terminal.err << "the adapter in " << options.adapter << " serves nothing under `" << options.id << "` from now on\n";
  const auto but_stopped = [](Error error, const std::string& more) {
    error.what += "; the adapter is stopped all the same, and the log does not say so yet" + more;
    return fail(std::move(error));
  };
  auto desk = open_desk(terminal, options.making);
  if (!desk) return but_stopped(std::move(desk).error(), known_offline(options.making.home, options.id));
  if (auto good = check_stop(desk->registry(), options, stop); !good) {
    if (!stop.put_by_us()) return good;
    TRY(stop.remove());
    good.error().what += "; the local stop was taken back, nothing is changed";
    return good;
  }
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(desk->registry(), options.id));
  auto done = submit_change(terminal, *desk, options, *record, AgreementChange::kSuspend);
  if (!done) return but_stopped(std::move(done).error(), ": it serves again once " + stop.path() + " is removed");
  return {};
}

Status change(Terminal& terminal, const Options& options, AgreementChange which) {
  TRY(check(options));
  const bool local = !options.adapter.empty();
  if (local && which == AgreementChange::kSuspend) return suspend_with_adapter(terminal, options);
  std::optional<LocalStop> stop;
  if (local) {
    TRY_ASSIGN(stop, LocalStop::of(options.adapter, options.id));
  }
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(desk.registry(), options.id));
  TRY(submit_change(terminal, desk, options, *record, which));
  if (!stop) return {};
  TRY(stop->remove());
  terminal.err << "the adapter in " << options.adapter << " no longer holds `" << options.id << "` back\n";
  return {};
}

void register_change(Command& noun, const std::string& name, AgreementChange which, const std::string& what,
                     const std::string& examples) {
  auto options = std::make_shared<Options>();
  Command command = noun.verb(name, what, examples);
  command.required("id", options->id, "the agreement's id");
  command.required("--reason", options->reason, "id of a registered reason");
  command.option("--role", options->role, "the right in which you act, if you have more than one");
  if (which == AgreementChange::kSuspend)
    command.option("--adapter", options->adapter,
                   "the owner's adapter folder: stopped there at once, even without the broker");
  if (which == AgreementChange::kResume)
    command.option("--adapter", options->adapter, "the owner's adapter folder: serves again once that is recorded");
  options->making.declare(command);
  command.runs([options, which](Terminal& terminal) { return change(terminal, *options, which); });
}

}  // namespace

void register_changes(Command& noun) {
  register_change(noun, "suspend", AgreementChange::kSuspend, "stops an agreement; the owner may do so alone",
                  "  steelyard agreement suspend tax-relief --reason data-dispute --adapter civil-affairs-adapter "
                  "--home civil-affairs-office\n");
  register_change(noun, "resume", AgreementChange::kResume, "takes a suspension back",
                  "  steelyard agreement resume tax-relief --reason settled --adapter civil-affairs-adapter "
                  "--home civil-affairs-office\n");
  register_change(noun, "end", AgreementChange::kEnd, "ends an agreement for good: its user, or owner and manager",
                  "  steelyard agreement end tax-relief --reason no-longer-needed --home tax-office\n");
}

}  // namespace steelyard::cli
