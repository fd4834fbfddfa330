// steelyard policy diff: which recorded exchanges a change would decide otherwise, before anybody signs it.
#include "cli/documents.h"
#include "cli/log_reader.h"
#include "cli/policy.h"
#include "cli/policy_input.h"
#include "cli/rehearsal.h"
#include "cli/statement_text.h"
#include "cli/usage.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr std::int64_t kLastMax = 1'000'000;

struct Options {
  std::string store, policies, subject = "baseline", agreement, basis;
  std::int64_t last = 1'000;
};

Result<Change> change_of(const Options& options, Instant now) {
  const int given =
      (options.policies.empty() ? 0 : 1) + (options.agreement.empty() ? 0 : 1) + (options.basis.empty() ? 0 : 1);
  if (given != 1) return usage("give one change: --policies, --agreement or --end-basis");
  Change change;
  if (!options.policies.empty()) {
    TRY_ASSIGN(std::string text, read_policy_set(options.policies, options.subject));
    change.policies.emplace(options.subject, schemas::PolicySet{std::move(text), now, std::nullopt});
  }
  if (!options.agreement.empty()) {
    TRY_ASSIGN(config::Table file, config::read_file(options.agreement));
    TRY_ASSIGN(change.agreement, read_agreement(file, now));
  }
  if (!options.basis.empty()) {
    if (auto good = check_name(options.basis); !good) return usage("--end-basis: " + good.error().what);
    change.ended_basis = options.basis;
  }
  return change;
}

std::string verdict_text(const exchange::Verdict& verdict) {
  return verdict.permitted() ? "granted" : std::string(schemas::slug_of(verdict.reason()));
}

void tell(Terminal& terminal, const Compared& compared) {
  Table table{
      {"entry", "time", "exchange", "user", "dataset", "action", "purpose", "agreement", "now", "then", "effect"}, {}};
  for (const Difference& one : compared.differences)
    table.rows.push_back({index_value(one.entry), to_rfc3339(one.body.time), to_text(one.body.id), one.question.user,
                          one.question.dataset, schemas::name_of(one.question.action), one.question.purpose,
                          one.question.agreement, verdict_text(one.before), verdict_text(one.after), effect_of(one)});
  print(terminal, table);
  terminal.err << compared.differences.size() << " of " << compared.weighed
               << " granted requests would be decided otherwise / " << compared.weighed << " 次已授权的请求中，有 "
               << compared.differences.size() << " 次的结论将改变\n";
  if (compared.dropped > 0) terminal.err << compared.dropped << " entries have no body any more and are left out\n";
}

Status run(Terminal& terminal, const Options& options) {
  if (options.last < 1 || options.last > kLastMax) return usage("--last must be 1 to " + std::to_string(kLastMax));
  const Instant now = terminal.clock.wall();
  TRY_ASSIGN(const Change change, change_of(options, now));
  TRY_ASSIGN(const auto log, open_log(options.store));
  TRY_ASSIGN(const Epoch epoch, last_epoch(*log));
  TRY_ASSIGN(const exchange::Registry before, registry_at(*log, epoch));
  TRY_ASSIGN(exchange::Registry after, registry_at(*log, epoch));
  TRY(rehearse(after, change, now));
  TRY_ASSIGN(const Compared compared, compare(*log, before, after, static_cast<std::size_t>(options.last), now));
  tell(terminal, compared);
  return {};
}

}  // namespace

void register_policy_diff(Command& policy) {
  auto options = std::make_shared<Options>();
  Command command =
      policy.verb("diff", "says which recorded exchanges a change would decide otherwise, before anybody signs it",
                  "  steelyard policy diff --store broker/store --policies ours.cedar --subject civil-affairs\n"
                  "  steelyard policy diff --store broker/store --agreement narrower.toml --last 100000\n"
                  "  steelyard policy diff --store broker/store --end-basis tax-law-15\n");
  command.required("--store", options->store, "the broker's log, live or a copy");
  command.option("--policies", options->policies, "Cedar text of a policy set");
  command.option("--subject", options->subject, "whose set that is: baseline, or an owner's member id");
  command.option("--agreement", options->agreement, "an agreement's file, in place of its version in force");
  command.option("--end-basis", options->basis, "id of a legal basis that ends now");
  command.option("--last", options->last, "how many granted requests, the newest first");
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
