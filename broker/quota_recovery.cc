#include "broker/quota_recovery.h"

namespace steelyard::broker {
namespace {

constexpr std::size_t kEntriesAtOnce = 4'096;

Result<Instant> time_of(const provenance::LogStore& store, std::uint64_t index) {
  TRY_ASSIGN(const auto entry, store.entry(LogIndex(index)));
  // Bodies are dropped from the oldest on: without one, it is of long before.
  if (!entry || entry->body.empty()) return Instant{};
  TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(entry->body));
  return body.time;
}

// The first entry that is not before `begin`: log time does not go back.
Result<std::uint64_t> first_since(const provenance::LogStore& store, Instant begin) {
  std::uint64_t low = 0, high = store.size();
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    TRY_ASSIGN(const Instant time, time_of(store, middle));
    if (time < begin)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

}  // namespace

Result<Quotas> recover_quotas(const provenance::LogStore& store, const exchange::Registry& registry) {
  Quotas quotas;
  if (!registry.has_quotas() || store.size() == 0) return quotas;
  TRY_ASSIGN(const Instant last, time_of(store, store.size() - 1));
  TRY_ASSIGN(std::uint64_t next, first_since(store, last - minutes(24 * 60)));
  while (next < store.size()) {
    TRY_ASSIGN(const auto entries, store.entries(LogIndex(next), kEntriesAtOnce));
    if (entries.empty()) break;
    for (const provenance::StoredEntry& entry : entries) {
      if (entry.body.empty()) continue;
      TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(entry.body));
      quotas.record(registry, entry.index, body);
    }
    next += entries.size();
  }
  return quotas;
}

}  // namespace steelyard::broker
