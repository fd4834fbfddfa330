#include "cli/log_reader.h"

#include <algorithm>
#include <vector>

#include "cli/command.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr std::size_t kEntriesAtOnce = 1'000;

}  // namespace

Result<std::unique_ptr<provenance::LogStore>> open_log(const std::string& dir) {
  store::EnvOptions options;
  options.read_only = true;
  options.create = false;
  return provenance::LogStore::open(dir, options);
}

Result<ReadEntry> read_entry(const provenance::LogStore& log, LogIndex index) {
  TRY_ASSIGN(auto stored, log.entry(index));
  const std::string place = "entry " + std::to_string(index.value);
  if (!stored) return usage("there is no " + place);
  if (stored->body.empty()) return usage(place + ": its body was dropped when its time had come");
  auto body = exchange::decode_entry(stored->body);
  if (!body)
    return tl::unexpected<Error>(
        schemas::error_of(schemas::code::verification_failed, place + ": " + body.error().what));
  return ReadEntry{std::move(*stored), *body};
}

Status walk_back(const provenance::LogStore& log,
                 const std::function<Result<bool>(const provenance::StoredEntry&)>& take) {
  for (std::uint64_t end = log.size(); end > 0;) {
    const std::uint64_t first = end > kEntriesAtOnce ? end - kEntriesAtOnce : 0;
    TRY_ASSIGN(const auto entries, log.entries(LogIndex(first), static_cast<std::size_t>(end - first)));
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      TRY_ASSIGN(const bool more, take(*entry));
      if (!more) return {};
    }
    end = first;
  }
  return {};
}

Result<Epoch> last_epoch(const provenance::LogStore& log) {
  for (std::uint64_t at = log.size(); at-- > 0;) {
    TRY_ASSIGN(const auto stored, log.entry(LogIndex(at)));
    if (!stored || stored->body.empty()) continue;
    TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(stored->body));
    return body.kind == schemas::EntryKind::kStatement ? LogIndex(at) : body.epoch;
  }
  return usage("the log has no entry with a body");
}

Result<exchange::Registry> registry_at(const provenance::LogStore& log, Epoch epoch) {
  std::vector<LogIndex> indexes;
  for (LogIndex at = epoch; at != kNoIndex;) {
    if (!indexes.empty() && at >= indexes.back())
      return tl::unexpected<Error>(
          schemas::error_of(schemas::code::verification_failed, "statements do not point backwards"));
    indexes.push_back(at);
    TRY_ASSIGN(const ReadEntry entry, read_entry(log, at));
    at = entry.body.related;
  }
  std::reverse(indexes.begin(), indexes.end());
  exchange::Registry registry;
  for (const LogIndex index : indexes) {
    TRY_ASSIGN(const auto statement, log.statement(index));
    TRY_ASSIGN(const ReadEntry entry, read_entry(log, index));
    if (!statement)
      return tl::unexpected<Error>(schemas::error_of(schemas::code::verification_failed,
                                                     "statement " + std::to_string(index.value) + " is missing"));
    TRY(registry.apply(*statement, index, entry.body.time, true));
  }
  return registry;
}

}  // namespace steelyard::cli
