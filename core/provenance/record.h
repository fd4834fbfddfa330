// What one commit adds to the store: the batch that the pipeline fills and the writer puts.
//
// Everything here is in time order; other indexes live elsewhere and can be rebuilt.
// Threads: a Batch is handed from the pipeline's thread to the writer's and never shared. Errors: none, plain values.
// Format: docs/formats/store.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/exchange/entry.h"
#include "core/exchange/frame.h"
#include "core/exchange/registry.h"

namespace steelyard::provenance {

using BundleNumber = Number<struct BundleNumberTag>;
inline constexpr BundleNumber kNoBundle{0xffff'ffff'ffffULL};

// Who signed the bundle that an entry's message came in; with it, paths can be rebuilt.
struct BundleRecord {
  BundleNumber number;
  MemberId author;
  KeyId key;
  crypto::Signature signature{};
  std::uint16_t size = 0;
  LogIndex first;                        // index of its first entry; its entries are contiguous, in order of position
  std::vector<std::uint16_t> positions;  // that made an entry, ascending
  std::vector<Digest> others;            // digests at the other positions, ascending
};

struct EntryRecord {
  LogIndex index;
  exchange::EntryBody body;
  Salt salt;
  Commitment commitment;
  BundleNumber bundle = kNoBundle;  // kNoBundle: the broker's own entry (a close, a sum of rejections)
  std::uint16_t position = 0;
  Bytes decided_by = {};  // the row that `salt` follows from (core/exchange/decided_by.h); empty: none
};

enum class OnceState : std::uint8_t { kOpen = 1, kAnswered = 2, kRefused = 3 };

// (member, id) is executed once, until `expires` plus limits::kSkew.
struct OnceRow {
  MemberId member;
  ExchangeId id;
  Digest digest;  // of the request
  OnceState state = OnceState::kOpen;
  LogIndex entry;               // of the request, or of the refusal where it was refused at once
  LogIndex closing = kNoIndex;  // of the answer or of the refusal that closed it
  Digest answer;                // digest, once answered
  Instant expires;
};

struct StatementRow {
  LogIndex index;
  exchange::StatementBytes statement;
};

struct HandoverRow {
  LogIndex index;  // of the kReceived entry
  std::vector<Digest> answers;
};

// Of events (docs/formats/events.md). Rows stand only while somebody may still be given what they are of.
struct SpoolRow {
  LogIndex index;  // of the event's entry
  std::shared_ptr<const Bytes> envelope, payload;
};
struct StreamRow {  // the last event recorded of a dataset
  DatasetId dataset;
  std::uint64_t sequence = 0;
  LogIndex index;
};
struct SubscriptionRow {
  ExchangeId id;
  LogIndex request, answer;  // entries
  LogIndex position;         // of the last event that was acknowledged; at the start, the answer's
  ExchangeId view;
};

struct Batch {
  std::uint64_t number = 0;
  LogIndex first;  // index of entries[0]; the log's size where there are no entries
  std::vector<EntryRecord> entries;
  std::vector<BundleRecord> bundles;
  std::vector<OnceRow> once;                                // put or replace
  std::vector<std::pair<MemberId, ExchangeId>> once_ended;  // past their time: erased
  std::vector<StatementRow> statements;
  std::vector<exchange::RegistryRow> registry;
  std::vector<HandoverRow> handovers;
  std::vector<SpoolRow> spool;
  std::vector<LogIndex> spool_ended;           // erased; alone they make no commit
  std::vector<StreamRow> streams;              // put or replace
  std::vector<SubscriptionRow> subscriptions;  // put or replace
  std::vector<ExchangeId> subscriptions_ended;

  std::size_t records() const { return entries.size() + once.size() + once_ended.size() + bundles.size(); }
  bool empty() const { return entries.empty() && once.empty() && once_ended.empty(); }
};

}  // namespace steelyard::provenance
