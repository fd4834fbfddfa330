#include "cli/trace_all.h"

#include <optional>

#include "cli/log_reader.h"
#include "cli/usage.h"

namespace steelyard::cli {
namespace {

// What was named exists: a slip of the pen finds nothing, and must not look like an answer.
Status check_named(const exchange::Registry& registry, const TraceWanted& wanted) {
  if (!wanted.agreement.empty() && registry.agreement(AgreementId(wanted.agreement)) == nullptr)
    return usage("--agreement: the log knows no agreement `" + wanted.agreement + "`");
  if (!wanted.member.empty() && registry.member(MemberId(wanted.member)) == nullptr)
    return usage("--member: the log knows no member `" + wanted.member + "`");
  if (!wanted.dataset.empty() && registry.dataset(DatasetId(wanted.dataset)) == nullptr)
    return usage("--dataset: the log knows no dataset `" + wanted.dataset + "`");
  if (!wanted.application.empty() && registry.application(ApplicationId(wanted.application)) == nullptr)
    return usage("--application: the log knows no application `" + wanted.application + "`");
  return {};
}

// Each step as it is found: a log may hold more of them than fit into memory.
class StepsPrinter {
 public:
  explicit StepsPrinter(Terminal& terminal) : terminal_(terminal) {
    if (terminal.output == Output::kJson) terminal.out << "[";
    if (terminal.output == Output::kCsv) terminal.out << "entry,time,what,signed_by,detail\r\n";
  }
  void print(const TraceStep& step) {
    const std::string entry = std::to_string(step.index.value);
    if (terminal_.output == Output::kJson) {
      terminal_.out << (count_ == 0 ? "\n" : ",\n")
                    << json::dump(json::object({{"entry", step.index.value},
                                                {"time", step.time},
                                                {"what", step.what},
                                                {"signed_by", step.signed_by},
                                                {"detail", step.detail}}));
    } else if (terminal_.output == Output::kCsv) {
      terminal_.out << entry << ',' << step.time << ',' << csv_cell(step.what) << ',' << csv_cell(step.signed_by) << ','
                    << csv_cell(detail_text(step.detail)) << "\r\n";
    } else {
      terminal_.out << entry << "  " << step.time << "  " << printable(step.what) << "\n    signed by "
                    << printable(step.signed_by) << "\n    " << printable(detail_text(step.detail)) << "\n";
    }
    ++count_;
  }
  void finish() {
    if (terminal_.output == Output::kJson) terminal_.out << (count_ == 0 ? "]\n" : "\n]\n");
    if (terminal_.output == Output::kTable) terminal_.err << count_ << " entries\n";
  }

 private:
  Terminal& terminal_;
  std::uint64_t count_ = 0;
};

Result<std::optional<Instant>> time_of(const std::string& text, const std::string& option) {
  if (text.empty()) return std::optional<Instant>();
  const auto time = instant_from_rfc3339(text);
  if (!time) return usage(option + ": write a date as 2026-11-23, or a time as 2026-11-23T09:00:00Z");
  return std::optional<Instant>(*time);
}

}  // namespace

Status trace_all(Terminal& terminal, const std::string& store, const TraceAll& asked) {
  if (store.empty()) return usage("name the log: --broker-store DIR");
  TraceWanted wanted = asked.wanted;
  TRY_ASSIGN(wanted.since, time_of(asked.since, "--since"));
  TRY_ASSIGN(wanted.until, time_of(asked.until, "--until"));
  TRY_ASSIGN(const auto log, open_log(store));
  TRY_ASSIGN(const Epoch epoch, last_epoch(*log));
  TRY_ASSIGN(const exchange::Registry registry, registry_at(*log, epoch));
  TRY(check_named(registry, wanted));
  StepsPrinter printer(terminal);
  TRY(TraceSearch(*log, registry, std::move(wanted)).run([&](const TraceStep& step) { printer.print(step); }));
  printer.finish();
  return {};
}

}  // namespace steelyard::cli
