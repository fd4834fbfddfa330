// steelyard trace: one exchange from its agreement to its hand-over, from the log or from a party's own receipts.
#include <algorithm>
#include <optional>
#include <vector>

#include "cli/folder.h"
#include "cli/log_reader.h"
#include "cli/session.h"
#include "cli/statement_text.h"
#include "cli/trace_all.h"
#include "cli/verbs.h"
#include "core/client/receipt_store.h"
#include "core/provenance/log_index.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

struct Options {
  std::string id, store, index, home;
  TraceAll all;
};

struct Step {
  LogIndex index;
  std::string what;
  std::string time;
  json::Value detail;
};

// The agreement's own entries: what was agreed, and who approved it.
void add_agreement(const exchange::Registry& registry, LogIndex number, std::vector<Step>& steps) {
  const auto* subject = number == kNoIndex ? nullptr : registry.subject_at(number);
  if (subject == nullptr) return;
  const exchange::AgreementRecord* record = registry.agreement(AgreementId(subject->subject));
  if (record == nullptr || !record->in_force || record->in_force->number != number) return;
  const schemas::Agreement& terms = record->in_force->statement;
  steps.push_back({number, "agreement " + terms.agreement.text + " version " + std::to_string(subject->version), "",
                   describe_body(terms)});
  for (const auto& [role, index] : record->approvals_in_force) {
    const MemberId& member = role == schemas::Role::kUser    ? terms.user
                             : role == schemas::Role::kOwner ? terms.owner
                                                             : terms.manager;
    steps.push_back({index, "approved by " + member.text + " as " + std::string(schemas::name_of(role)), "", {}});
  }
}

void add_entry(const exchange::Registry* registry, LogIndex index, const exchange::EntryBody& body,
               std::vector<Step>& steps) {
  steps.push_back({index, step_name(body), to_rfc3339(body.time), describe(body, registry)});
}

Status print_steps(Terminal& terminal, std::vector<Step> steps) {
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.index < b.index; });
  if (terminal.output == Output::kJson) {
    json::Value list = json::array();
    for (const Step& step : steps)
      list.push(json::object(
          {{"entry", index_value(step.index)}, {"what", step.what}, {"time", step.time}, {"detail", step.detail}}));
    terminal.out << json::dump(list, 2) << '\n';
    return {};
  }
  Table table{{"entry", "what", "time", "detail"}, {}};
  for (const Step& step : steps)
    table.rows.push_back({index_value(step.index), step.what, step.time, detail_text(step.detail)});
  print(terminal, table);
  return {};
}

Status from_store(Terminal& terminal, const Options& options, const ExchangeId& id) {
  TRY_ASSIGN(const auto log, open_log(options.store));
  TRY_ASSIGN(const provenance::Trace trace, provenance::trace(*log, options.index, id));
  if (trace.entries.empty()) return usage("the log holds no entry of exchange " + options.id);
  std::vector<Step> entries, steps;
  std::optional<exchange::Registry> registry;
  for (const provenance::StoredEntry& stored : trace.entries) {
    TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(stored.body));
    // Names and approvals as they were when this exchange was decided.
    if (!registry) {
      TRY_ASSIGN(registry, registry_at(*log, body.epoch));
      add_agreement(*registry, body.agreement, steps);
    }
    add_entry(&*registry, stored.index, body, entries);
    if (const auto decided_by = trace.decided_by.find(stored.index); decided_by != trace.decided_by.end()) {
      TRY_ASSIGN(const exchange::Registry then, registry_at(*log, body.epoch));  // of a close a later one
      add_decided_by(decided_by->second, then, entries.back().detail);
    }
  }
  for (Step& step : steps) {
    TRY_ASSIGN(const ReadEntry entry, read_entry(*log, step.index));
    step.time = to_rfc3339(entry.body.time);
  }
  steps.insert(steps.end(), entries.begin(), entries.end());
  return print_steps(terminal, std::move(steps));
}

// What a party can say by itself: promises that it verified, and the registry where the broker can be reached.
Status from_receipts(Terminal& terminal, const Options& options, const ExchangeId& id) {
  std::optional<client::KeptExchange> kept;
  {
    TRY_ASSIGN(const client::Identity identity, read_home(options.home));
    TRY_ASSIGN(const auto receipts, client::ReceiptStore::open(join(identity.state_dir, "receipts"), true));
    TRY_ASSIGN(kept, receipts->get(id));
  }
  if (!kept) return usage("this folder keeps no exchange " + options.id);
  auto session = Session::connect(terminal, options.home, seconds(3));
  if (!session) terminal.err << "the broker is away: names and approvals are left out\n";
  const exchange::Registry* registry = session ? &session->registry() : nullptr;
  std::vector<Step> entries;
  const auto add = [&](LogIndex index, const Bytes& octets) -> Status {
    for (const Step& step : entries)
      if (step.index == index) return {};
    TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(octets));
    add_entry(registry, index, body, entries);
    return {};
  };
  LogIndex agreement = kNoIndex;
  if (auto grant = schemas::decode<schemas::Grant>(kept->granted)) {
    TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(grant->body));
    agreement = body.agreement;
    TRY(add(grant->index, grant->body));
  } else if (auto refusal = schemas::decode<schemas::Refusal>(kept->granted)) {
    TRY(add(refusal->index, refusal->body));
  }
  if (!kept->recorded.empty()) {
    TRY_ASSIGN(const schemas::Recorded recorded, schemas::decode<schemas::Recorded>(kept->recorded));
    TRY(add(recorded.index, recorded.body));
  }
  for (const exchange::Receipt& receipt : kept->receipts) TRY(add(receipt.index, receipt.body));
  std::vector<Step> steps;
  if (registry != nullptr) add_agreement(*registry, agreement, steps);
  steps.insert(steps.end(), entries.begin(), entries.end());
  if (kept->received_entry) {
    const bool shown =
        std::any_of(steps.begin(), steps.end(), [&](const Step& step) { return step.index == *kept->received_entry; });
    if (!shown) steps.push_back({*kept->received_entry, "hand-over", "", {}});
  }
  return print_steps(terminal, std::move(steps));
}

Status run(Terminal& terminal, const Options& options) {
  const bool searches = options.all.names_any();
  if (options.id.empty() != searches)
    return usage(
        "name an exchange by its id, or what to look for by --agreement, --member, --dataset, --application, "
        "--since and --until");
  if (searches) return trace_all(terminal, options.store, options.all);
  auto id = exchange_id_from_text(options.id);
  if (!id) return usage("`" + options.id + "` is no exchange's id, which looks like 01932f7e-8a4b-7c3d-9e0f-…");
  if (options.store.empty() == options.home.empty())
    return usage("name one place: --broker-store DIR, or --home DIR of a party");
  return options.store.empty() ? from_receipts(terminal, options, *id) : from_store(terminal, options, *id);
}

}  // namespace

void register_trace(Command& root) {
  auto options = std::make_shared<Options>();
  Command command =
      root.verb("trace", "follows one exchange, or all of an agreement, from proposal to hand-over",
                "  steelyard trace ID --broker-store broker/store --index broker/index\n"
                "  steelyard trace ID --home tax-office\n"
                "  steelyard trace --agreement tax-relief --since 2026-11-01 --broker-store broker/store\n"
                "  steelyard trace --member tax --dataset civil-affairs/household --broker-store broker/store\n");
  command.option("id", options->id, "id of the exchange, which is its receipt's");
  command.option("--agreement", options->all.wanted.agreement, "all that was done under it, and what made it");
  command.option("--member", options->all.wanted.member, "all that a member asked, answered or signed");
  command.option("--dataset", options->all.wanted.dataset, "all that was asked of it");
  command.option("--application", options->all.wanted.application, "all that it asked");
  command.option("--since", options->all.since, "not before this date or time");
  command.option("--until", options->all.until, "before this date or time");
  command.option("--broker-store", options->store, "folder of the log: for operators and auditors");
  command.option("--index", options->index, "folder of the broker's index, which makes it fast");
  command.option("--home", options->home, "a party's folder: from its own receipts");
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
