// TestLog: a log of a whole network with signed bundles, made the way the broker makes it. For tests only.
//
// Owns: a folder, the store in it, a world's keys. Threads: one.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/base/test_dir.h"
#include "core/crypto/merkle.h"
#include "core/crypto/random.h"
#include "core/exchange/bundle.h"
#include "core/exchange/digest.h"
#include "core/exchange/testing/world.h"
#include "core/provenance/head_file.h"
#include "core/provenance/rows.h"
#include "core/provenance/verify_log.h"
#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::provenance {

// A batch of the broker's own entries, for tests of the store alone.
inline Batch plain_batch(const crypto::Suite& suite, std::uint64_t number, std::uint64_t first, std::size_t entries) {
  Batch batch;
  batch.number = number;
  batch.first = LogIndex(first);
  for (std::size_t i = 0; i < entries; ++i) {
    EntryRecord entry;
    entry.index = LogIndex(first + i);
    entry.body.kind = schemas::EntryKind::kRejections;
    entry.body.time = {static_cast<std::int64_t>(number)};
    entry.body.count = static_cast<std::uint32_t>(i);
    entry.salt = crypto::random<Salt>();
    entry.commitment = exchange::entry_commitment(suite, entry.salt, exchange::encode(entry.body));
    batch.entries.push_back(entry);
  }
  return batch;
}

class TestLog {
 public:
  TestLog() { open(true); }

  std::string store_dir() const { return dir_ / "log"; }
  std::string head_path() const { return dir_ / "head"; }
  const TestDir& dir() const { return dir_; }
  const crypto::Suite& suite() const { return world_.suite(); }
  const exchange::testing::World& world() const { return world_; }
  LogStore& store() { return *store_; }
  ExchangeId last_id() const { return last_id_; }

  void open(bool create = false) {
    auto opened = create ? LogStore::open(store_dir(), {}, suite()) : LogStore::open(store_dir(), {});
    CHECK(opened.has_value());
    store_ = std::move(*opened);
  }
  void close() { store_.reset(); }

  // The world's statements, one batch.
  void add_statements() {
    Batch batch = start();
    for (const auto& statement : world_.statements()) {
      exchange::EntryBody body = entry_body(schemas::EntryKind::kStatement);
      body.digest =
          exchange::message_digest(suite(), schemas::MessageKind::kStatement, statement.document, statement.signatures);
      body.related = epoch_;
      epoch_ = add(batch, body);
      batch.statements.push_back({epoch_, statement});
    }
    batch.registry = world_.registry().rows();
    commit(batch);
  }

  // `n` exchanges, asked, answered and handed over in one bundle each; a request in between made no entry.
  void add_exchanges(std::size_t n) {
    std::vector<OnceRow> once;
    Batch asked = start();
    {
      const auto bundle = sign(kUser, schemas::MessageKind::kRequest, n + 1);
      BundleRecord record = record_of(bundle, asked);
      for (std::uint16_t i = 0; i < n + 1; ++i) {
        if (i == 1) {
          record.others.push_back(bundle.digests[i]);
          continue;
        }
        exchange::EntryBody body = entry_body(schemas::EntryKind::kRequest);
        body.digest = bundle.digests[i];
        body.id = last_id_ = crypto::make_exchange_id(now_);
        record.positions.push_back(i);
        const LogIndex index = add(asked, body, record.number, i);
        once.push_back({kUser, body.id, body.digest, OnceState::kOpen, index, kNoIndex, {}, now_ + minutes(1)});
      }
      asked.bundles.push_back(std::move(record));
    }
    asked.once = once;
    commit(asked);
    answer(once);
  }

  // A request of the root manager, which has no member statement, refused at once.
  void add_refusal_of_root() {
    Batch batch = start();
    const MemberId& root = exchange::testing::World::kRoot;
    const auto bundle = sign(root, schemas::MessageKind::kRequest, 1);
    BundleRecord record = record_of(bundle, batch);
    record.positions = {0};
    exchange::EntryBody body = entry_body(schemas::EntryKind::kRefusal);
    body.member = LogIndex(0);  // of the genesis
    body.digest = bundle.digests[0];
    body.id = crypto::make_exchange_id(now_);
    const LogIndex index = add(batch, body, record.number, 0);
    batch.bundles.push_back(std::move(record));
    batch.once = {{root, body.id, body.digest, OnceState::kRefused, index, index, {}, now_ + minutes(1)}};
    commit(batch);
  }

  // A subscription of the user, asked for and started, and `events` of its view, all of them spooled.
  SubscriptionRow add_subscription(std::size_t events) {
    SubscriptionRow row;
    row.id = crypto::make_exchange_id(now_);
    row.view = crypto::make_exchange_id(now_);
    Batch batch = start();
    const auto entry_of = [&](schemas::EntryKind kind, const exchange::VerifiedBundle& bundle, const ExchangeId& id) {
      exchange::EntryBody body = entry_body(kind);
      body.digest = bundle.digests[0];
      body.id = id;
      body.action = schemas::Action::kSubscribe;
      body.dataset = world_.registry().dataset(kDataset)->number;
      if (kind != schemas::EntryKind::kRequest) body.member = world_.registry().member(kOwner)->number;
      if (kind == schemas::EntryKind::kAnswer) body.related = row.request;
      BundleRecord record = record_of(bundle, batch);
      record.positions = {0};
      const LogIndex index = add(batch, body, record.number, 0);
      batch.bundles.push_back(std::move(record));
      return index;
    };
    row.request = entry_of(schemas::EntryKind::kRequest, sign(kUser, schemas::MessageKind::kRequest, 1), row.id);
    row.answer = entry_of(schemas::EntryKind::kAnswer, sign(kOwner, schemas::MessageKind::kAnswer, 1), row.id);
    row.position = row.answer;
    for (std::size_t i = 0; i < events; ++i) {
      const std::string envelope = "message " + std::to_string(messages_);
      const LogIndex index =
          entry_of(schemas::EntryKind::kEvent, sign(kOwner, schemas::MessageKind::kEvent, 1), row.view);
      batch.spool.push_back(
          {index, std::make_shared<const Bytes>(to_bytes(as_bytes(envelope))), std::make_shared<const Bytes>()});
      batch.streams = {{kDataset, i + 1, index}};
    }
    batch.subscriptions = {row};
    commit(batch);
    return row;
  }

  // Everything up to `position` is acknowledged and let go of.
  void acknowledge(SubscriptionRow row, LogIndex position, const std::vector<LogIndex>& ended) {
    Batch batch = start();
    const auto received = sign(kUser, schemas::MessageKind::kReceived, 1);
    BundleRecord record = record_of(received, batch);
    record.positions = {0};
    exchange::EntryBody body = entry_body(schemas::EntryKind::kReceived);
    body.digest = received.digests[0];
    body.id = crypto::make_exchange_id(now_);
    body.related = position;
    body.count = static_cast<std::uint32_t>(ended.size());
    add(batch, body, record.number, 0);
    batch.bundles.push_back(std::move(record));
    row.position = position;
    batch.subscriptions = {row};
    batch.spool_ended = ended;
    commit(batch);
  }

  void stop(const SubscriptionRow& row) {
    Batch batch = start();
    exchange::EntryBody body = entry_body(schemas::EntryKind::kStop);
    body.verdict = schemas::code::unsubscribed;
    body.id = row.id;
    body.related = row.request;
    body.action = schemas::Action::kSubscribe;
    add(batch, body);
    batch.subscriptions_ended = {row.id};
    commit(batch);
  }

  void add_rejections(std::size_t n) {
    Batch batch = start();
    for (std::size_t i = 0; i < n; ++i) add(batch, entry_body(schemas::EntryKind::kRejections));
    commit(batch);
  }

  std::string note_at_end() const {
    return crypto::sign_checkpoint({exchange::testing::World::kOrigin, store_->size(), store_->frontier().root(), {}},
                                   world_.broker().log);
  }
  void sign_head() { CHECK(HeadFile(head_path(), exchange::testing::World::kOrigin).write(note_at_end()).has_value()); }

  // Closes the store and verifies it.
  VerifyReport verify(VerifyOptions options = {}) {
    close();
    options.head_path = head_path();
    auto report = verify_log(store_dir(), options);
    CHECK(report.has_value());
    return std::move(*report);
  }

  // Closes the store and changes its rows as somebody with access to the disk could.
  void tamper(const std::function<void(store::WriteTxn&, const Tables&)>& change) {
    close();
    store::EnvOptions options;
    options.kind = kLogKind;
    options.format = kLogFormat;
    const auto env = store::Env::open(store_dir(), options);
    CHECK(env.has_value());
    const auto tables = open_tables(**env);
    auto txn = (*env)->write();
    CHECK(txn.has_value());
    change(*txn, *tables);
    CHECK(txn->commit().has_value());
  }

  // Changes one entry's body and makes commitment and hash rows anew: all but signatures.
  void rewrite(LogIndex index, const std::function<void(exchange::EntryBody&)>& change) {
    tamper([&](store::WriteTxn& txn, const Tables& tables) {
      const StoredEntry was = **read_entry(txn, tables, index);
      EntryRecord entry{index, *exchange::decode_entry(was.body), was.salt, {}, was.bundle, was.position};
      change(entry.body);
      entry.commitment = exchange::entry_commitment(suite(), entry.salt, exchange::encode(entry.body));
      CHECK(txn.put(tables.entries, store::key_of(index), entry_row(entry)).has_value());
      crypto::Frontier frontier(suite());
      const std::uint64_t size = *read_size(txn, tables);
      for (std::uint64_t i = 0; i < size; ++i) {
        std::vector<crypto::Frontier::Node> completed;
        frontier.append(crypto::leaf_hash(suite(), (**read_entry(txn, tables, LogIndex(i))).commitment.view()),
                        completed);
        for (const auto& node : completed)
          if (node.level > 0 && node.level % 8 == 0)
            CHECK(txn.put(tables.hashes, store::key_of(static_cast<std::uint8_t>(node.level / 8), node.index),
                          node.hash.view())
                      .has_value());
      }
    });
  }

  // Of every request: the user's agreement.
  exchange::DecidedBy decided_by() const {
    exchange::DecidedBy by;
    by.policies = {{world_.registry().agreement(AgreementId("tax-household"))->in_force->number, 0}};
    return by;
  }

  static inline const MemberId kUser{"tax"};
  static inline const MemberId kOwner{"civil-affairs"};
  static inline const DatasetId kDataset{"civil-affairs/household"};

 private:
  Batch start() {
    Batch batch;
    batch.number = batches_++;
    batch.first = LogIndex(store_->size());
    now_ = now_ + seconds(1);
    return batch;
  }
  void commit(const Batch& batch) { CHECK(store_->commit(batch).has_value()); }

  exchange::EntryBody entry_body(schemas::EntryKind kind) const {
    exchange::EntryBody body;
    body.kind = kind;
    body.time = now_;
    body.epoch = epoch_;
    if (kind != schemas::EntryKind::kStatement) body.member = world_.registry().member(kUser)->number;
    return body;
  }

  LogIndex add(Batch& batch, const exchange::EntryBody& body, BundleNumber bundle = kNoBundle,
               std::uint16_t position = 0) {
    EntryRecord entry{
        LogIndex(batch.first.value + batch.entries.size()), body, crypto::random<Salt>(), {}, bundle, position};
    if (body.kind == schemas::EntryKind::kRequest) {
      entry.decided_by = exchange::encode(decided_by(), entry.salt);
      entry.salt = exchange::salt_of(suite(), entry.decided_by);
    }
    entry.commitment = exchange::entry_commitment(suite(), entry.salt, exchange::encode(body));
    batch.entries.push_back(entry);
    return entry.index;
  }

  exchange::VerifiedBundle sign(const MemberId& author, schemas::MessageKind kind, std::size_t n) {
    std::vector<exchange::OutMessage> messages;
    for (std::size_t i = 0; i < n; ++i) {
      const std::string text = "message " + std::to_string(messages_++);
      messages.push_back({kind, std::make_shared<const Bytes>(to_bytes(as_bytes(text))), nullptr, std::nullopt});
    }
    const auto& key = world_.keys(author).message;
    const Bytes octets = exchange::sign_member_frame(suite(), world_.kOrigin, author, key, messages);
    const auto frame = exchange::parse_frame(octets);
    CHECK(frame.has_value());
    auto bundle =
        exchange::open_bundle(suite(), world_.kOrigin, author, *crypto::VerifyingKey::decode(key.public_key()), *frame);
    CHECK(bundle.has_value());
    return std::move(*bundle);
  }

  BundleRecord record_of(const exchange::VerifiedBundle& bundle, const Batch& batch) {
    BundleRecord record;
    record.number = BundleNumber(bundles_++);
    record.author = bundle.author;
    record.key = bundle.key;
    record.signature = bundle.signature;
    record.size = static_cast<std::uint16_t>(bundle.digests.size());
    record.first = LogIndex(batch.first.value + batch.entries.size());
    return record;
  }

  void answer(std::vector<OnceRow>& once) {
    Batch batch = start();
    const auto answers = sign(kOwner, schemas::MessageKind::kAnswer, once.size());
    BundleRecord record = record_of(answers, batch);
    for (std::uint16_t i = 0; i < once.size(); ++i) {
      exchange::EntryBody body = entry_body(schemas::EntryKind::kAnswer);
      body.member = world_.registry().member(kOwner)->number;
      body.digest = answers.digests[i];
      body.id = once[i].id;
      body.related = once[i].entry;
      record.positions.push_back(i);
      once[i].closing = add(batch, body, record.number, i);
      once[i].answer = body.digest;
      once[i].state = OnceState::kAnswered;
    }
    batch.bundles.push_back(std::move(record));
    batch.once = once;
    const auto received = sign(kUser, schemas::MessageKind::kReceived, 1);
    BundleRecord handover = record_of(received, batch);
    handover.positions = {0};
    exchange::EntryBody body = entry_body(schemas::EntryKind::kReceived);
    body.digest = received.digests[0];
    body.id = crypto::make_exchange_id(now_);
    body.count = static_cast<std::uint32_t>(once.size());
    batch.handovers.push_back({add(batch, body, handover.number, 0), answers.digests});
    batch.bundles.push_back(std::move(handover));
    commit(batch);
  }

  TestDir dir_;
  exchange::testing::World world_ = exchange::testing::World::city();
  std::unique_ptr<LogStore> store_;
  Instant now_ = world_.now();
  LogIndex epoch_ = kNoIndex;
  ExchangeId last_id_;
  std::uint64_t batches_ = 0, bundles_ = 0, messages_ = 0;
};

}  // namespace steelyard::provenance
