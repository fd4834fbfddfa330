// MemoryLog: the store as the pipeline sees it, in memory: what was committed, and what a restart recovers from it.
//
// It is as strict as the store: indexes follow each other, times never go back, commitments are those of salt and
// body, bundles can be rebuilt and their signatures hold. Whatever does not is a failure of the running test.
// Threads: one.
#pragma once

#include <gtest/gtest.h>

#include <map>

#include "broker/pipeline.h"
#include "core/base/limits.h"
#include "core/crypto/merkle.h"
#include "core/exchange/digest.h"
#include "core/exchange/testing/world.h"

namespace steelyard::broker::testing {

class MemoryLog {
 public:
  explicit MemoryLog(const exchange::testing::World& world) : suite_(&world.suite()) {
    Instant time = exchange::testing::World::kStart;
    Epoch before = kNoIndex;
    for (const exchange::StatementBytes& statement : world.statements()) {
      provenance::EntryRecord entry;
      entry.index = LogIndex(entries.size());
      entry.body.kind = schemas::EntryKind::kStatement;
      entry.body.digest = exchange::statement_digest(*suite_, statement.document);
      entry.body.time = time;
      entry.body.related = before;
      entry.commitment = exchange::entry_commitment(*suite_, entry.salt, exchange::encode(entry.body));
      statements.push_back({entry.index, statement});
      before = entry.index;
      entries.push_back(entry);
      time = time + seconds(1);
    }
  }

  void commit(const provenance::Batch& batch) {
    ASSERT_EQ(batch.first.value, entries.size());
    for (const provenance::EntryRecord& entry : batch.entries) {
      ASSERT_EQ(entry.index.value, entries.size());
      ASSERT_GE(entry.body.time, entries.back().body.time);
      ASSERT_EQ(entry.commitment, exchange::entry_commitment(*suite_, entry.salt, exchange::encode(entry.body)));
      entries.push_back(entry);
    }
    for (const provenance::BundleRecord& bundle : batch.bundles) {
      ASSERT_EQ(bundle.number.value, next_bundle_++);
      bundles[bundle.number] = bundle;
      ASSERT_EQ(bundle.positions.size() + bundle.others.size(), bundle.size);
      for (std::size_t i = 0; i < bundle.positions.size(); ++i) {
        const provenance::EntryRecord& entry = entries.at(bundle.first.value + i);
        ASSERT_EQ(entry.bundle, bundle.number);
        ASSERT_EQ(entry.position, bundle.positions[i]);
      }
    }
    for (const provenance::OnceRow& row : batch.once) once[{row.member, row.id}] = row;
    for (const auto& key : batch.once_ended) once.erase(key);
    for (const provenance::StatementRow& row : batch.statements) statements.push_back(row);
    for (const provenance::HandoverRow& row : batch.handovers) handovers.push_back(row);
    for (const provenance::SpoolRow& row : batch.spool) ASSERT_TRUE(spool.emplace(row.index, row).second);
    for (const LogIndex index : batch.spool_ended) ASSERT_EQ(spool.erase(index), 1U) << "erased twice";
    for (const provenance::StreamRow& row : batch.streams) streams[row.dataset] = row;
    for (const provenance::SubscriptionRow& row : batch.subscriptions) subscriptions[row.id] = row;
    for (const ExchangeId& id : batch.subscriptions_ended) subscriptions.erase(id);
    commits += 1;
  }

  // Digests of a bundle's messages, in order: of its entries, and of those that made none.
  std::vector<Digest> digests_of(const provenance::BundleRecord& bundle) const {
    std::vector<Digest> digests;
    std::size_t made_entry = 0, other = 0;
    for (std::uint16_t i = 0; i < bundle.size; ++i) {
      const bool is_entry = made_entry < bundle.positions.size() && bundle.positions[made_entry] == i;
      digests.push_back(is_entry ? entries.at(bundle.first.value + made_entry).body.digest : bundle.others.at(other));
      ++(is_entry ? made_entry : other);
    }
    return digests;
  }

  std::optional<exchange::Proof> proof_of(const provenance::EntryRecord& entry) const {
    auto found = bundles.find(entry.bundle);
    if (found == bundles.end()) return {};
    const provenance::BundleRecord& bundle = found->second;
    exchange::Proof proof;
    proof.author = bundle.author;
    proof.key = bundle.key;
    proof.index = entry.position;
    proof.size = bundle.size;
    proof.signature = bundle.signature;
    proof.path = crypto::inclusion_path(*suite_, digests_of(bundle), entry.position);
    return proof;
  }

  provenance::StoredEntry stored(LogIndex index) const {
    const provenance::EntryRecord& entry = entries.at(index.value);
    return {entry.index,  entry.commitment, entry.salt, to_bytes(exchange::encode(entry.body)),
            entry.bundle, entry.position};
  }

  PipelineStart recover() const {
    PipelineStart start;
    start.recovered.size = entries.size();
    start.recovered.next_bundle = provenance::BundleNumber(next_bundle_);
    start.recovered.last_time = entries.back().body.time;
    start.recovered.statements = statements;
    for (const provenance::StatementRow& row : statements) {
      const provenance::EntryRecord& entry = entries.at(row.index.value);
      const bool applied = start.registry.apply(row.statement, row.index, entry.body.time, true).has_value();
      EXPECT_TRUE(applied) << "the statement at " << row.index.value << " does not fold";
      start.statement_entries.emplace_back(stored(row.index), proof_of(entry));
    }
    for (const auto& [key, row] : once) {
      start.recovered.once.push_back(row);
      start.once_entries.push_back(stored(row.entry));
      if (row.closing != kNoIndex && row.closing != row.entry) start.once_entries.push_back(stored(row.closing));
    }
    for (const provenance::EntryRecord& entry : entries) start.quotas.record(start.registry, entry.index, entry.body);
    for (const auto& [index, row] : spool) {
      start.recovered.spool.push_back(row);
      start.spool_entries.emplace_back(stored(index), proof_of(entries.at(index.value)));
    }
    for (const auto& [dataset, row] : streams) start.recovered.streams.push_back(row);
    for (const auto& [id, row] : subscriptions) {
      start.recovered.subscriptions.push_back(row);
      start.subscription_entries.push_back(stored(row.request));
    }
    const Instant oldest = start.recovered.last_time - limits::kLifeMax - limits::kSkew - limits::kSkew;
    for (const provenance::HandoverRow& row : handovers)
      if (entries.at(row.index.value).body.time >= oldest) start.recovered.handovers.push_back(stored(row.index));
    return start;
  }

  // The promise is of an entry that is committed.
  bool holds(LogIndex index, const Salt& salt, ByteView body) const {
    return index.value < entries.size() &&
           entries[index.value].commitment == exchange::entry_commitment(*suite_, salt, body);
  }
  std::vector<exchange::EntryBody> of_kind(schemas::EntryKind kind) const {
    std::vector<exchange::EntryBody> found;
    for (const provenance::EntryRecord& entry : entries)
      if (entry.body.kind == kind) found.push_back(entry.body);
    return found;
  }

  std::vector<provenance::EntryRecord> entries;
  std::map<provenance::BundleNumber, provenance::BundleRecord> bundles;
  std::map<std::pair<MemberId, ExchangeId>, provenance::OnceRow> once;
  std::vector<provenance::StatementRow> statements;
  std::vector<provenance::HandoverRow> handovers;
  std::map<LogIndex, provenance::SpoolRow> spool;
  std::map<DatasetId, provenance::StreamRow> streams;
  std::map<ExchangeId, provenance::SubscriptionRow> subscriptions;
  std::uint64_t commits = 0;

 private:
  const crypto::Suite* suite_;
  std::uint64_t next_bundle_ = 0;
};

}  // namespace steelyard::broker::testing
