// steelyard agreement narrow: what of an agreement was never used in a time, and a draft of the smaller version.
#include "cli/agreement.h"
#include "cli/agreement_file.h"
#include "cli/agreement_use.h"
#include "cli/creation.h"
#include "cli/log_reader.h"
#include "cli/statement_text.h"
#include "cli/usage.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

struct Options {
  std::string id, store, since, out;
};

template <class Id>
void add_rows(Table& table, const char* what, const std::vector<Id>& granted, const std::map<Id, std::uint64_t>& used) {
  for (const Id& one : granted) {
    const auto found = used.find(one);
    table.rows.push_back({what, one.text, "granted", found == used.end() ? 0 : found->second});
  }
}

Table table_of(const schemas::Agreement& terms, const AgreementUse& use) {
  Table table{{"what", "name", "granted", "used"}, {}};
  add_rows(table, "field", terms.fields, use.fields);
  add_rows(table, "purpose", terms.purposes, use.purposes);
  for (const schemas::Action action : terms.actions) {
    const auto found = use.actions.find(action);
    table.rows.push_back(
        {"action", schemas::name_of(action), "granted", found == use.actions.end() ? 0 : found->second});
  }
  const auto limit = [](std::uint64_t most) { return most == 0 ? json::Value() : json::Value(most); };
  table.rows.push_back({"rows", "rows_max", limit(terms.rows_max), use.rows_most});
  table.rows.push_back({"rows", "rows_per_day", limit(terms.rows_per_day), use.rows_most_a_day});
  return table;
}

Status run(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  std::optional<Instant> given;
  if (!options.since.empty()) {
    auto time = instant_from_rfc3339(options.since);
    if (!time) return usage("--since: " + time.error().what);
    given = *time;
  }
  TRY_ASSIGN(const auto log, open_log(options.store));
  TRY_ASSIGN(const Epoch epoch, last_epoch(*log));
  TRY_ASSIGN(const exchange::Registry registry, registry_at(*log, epoch));
  TRY_ASSIGN(const exchange::AgreementRecord* record, agreement_in(registry, options.id));
  if (!record->in_force) return usage("no version of `" + options.id + "` has been in force: nothing could be used");
  const schemas::Agreement& terms = record->in_force->statement;
  const Instant since = given.value_or(terms.valid_from);
  TRY_ASSIGN(const AgreementUse use, use_of(*log, registry, terms, since));
  const std::optional<schemas::Agreement> draft = narrowed(terms, use);
  if (!options.out.empty() && draft) {
    Creation creation;
    TRY(creation.file(options.out, agreement_file(*draft)));
    creation.keep();
  }
  print(terminal, table_of(terms, use));
  const std::string from = to_rfc3339(since);
  if (!draft)
    terminal.err << "never used since " << from << ": end it with `steelyard agreement end " << options.id << "` / 自 "
                 << from << " 起从未使用：可终止该协议\n";
  else if (*draft == terms)
    terminal.err << "all of it was used since " << from << " / 自 " << from << " 起全部用到\n";
  else if (options.out.empty())
    terminal.err << "--out FILE writes the smaller version / 加 --out FILE 可写出缩小后的版本\n";
  else
    terminal.err << "wrote " << printable(options.out) << ": read it, then `steelyard agreement propose` / 已写出 "
                 << printable(options.out) << "，核对后提出\n";
  if (use.unknown > 0)
    terminal.err << use.unknown << " entries of that time have no body any more: more may have been used\n";
  return {};
}

}  // namespace

void register_narrow(Command& noun) {
  auto options = std::make_shared<Options>();
  Command command = noun.verb("narrow", "lists what of an agreement was never used, and drafts the smaller version",
                              "  steelyard agreement narrow tax-relief --store broker/store --since 2026-01-01 "
                              "--out smaller.toml\n");
  command.required("id", options->id, "the agreement");
  command.required("--store", options->store, "the broker's log, live or a copy");
  command.option("--since", options->since, "from then on; without it: since the version in force began");
  command.option("--out", options->out, "file to write the smaller version to; must not be there");
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
