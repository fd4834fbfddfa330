// Stores whose rows are damaged: the log, its index, the access ledger, replica, receipts. Nothing is read as something
// that never stood there: what verification covers it finds, what opens comes to what was there before.
#include <algorithm>

#include "adapters/ledger.h"
#include "core/base/test_dir.h"
#include "core/client/receipt_store.h"
#include "core/client/replica.h"
#include "core/crypto/random.h"
#include "core/provenance/index_rows.h"
#include "core/provenance/log_index.h"
#include "core/provenance/test_log.h"
#include "core/store/key.h"
#include "tests/fuzz/damaged_store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/sample_log.h"

using namespace steelyard;
using exchange::testing::World;
using fuzz::DamagedStore;
using fuzz::Input;

namespace {

store::EnvOptions options_of(const char* kind) {
  store::EnvOptions options;
  options.kind = kind;
  return options;
}

bool names(const Error& error, const std::string& dir) { return error.what.find(dir) != std::string::npos; }

// A log of statements, exchanges, a refusal and rejections, more than a tile of them, with its signed head.
struct WholeLog {
  provenance::TestLog made;
  std::vector<Commitment> commitments;
  crypto::Checkpoint head;
  Digest root;

  WholeLog() {
    made.add_statements();
    made.add_exchanges(3);
    made.add_refusal_of_root();
    made.add_rejections(260);
    made.sign_head();
    for (std::uint64_t i = 0; i < made.store().size(); ++i)
      commitments.push_back((**made.store().entry(LogIndex(i))).commitment);
    root = made.store().frontier().root();
    made.close();
  }
};

const WholeLog& whole_log() {
  static WholeLog made;
  return made;
}

// What opens hands out entries that prove themselves, or that no proof holds for.
void check_entry(const provenance::LogStore& log, LogIndex index) {
  const auto entry = log.entry(index);
  if (!entry || !*entry) return;
  static_cast<void>(log.proof_of(**entry));
  static_cast<void>(log.statement(index));
  static_cast<void>(log.handover(index));
  provenance::StoreTiles tiles(log);
  const std::uint64_t size = whole_log().commitments.size();
  const auto path = crypto::inclusion_proof(log.suite(), tiles, index.value, size);
  if (!path) return;
  const Digest leaf = crypto::leaf_hash(log.suite(), (*entry)->commitment.view());
  if (crypto::verify_inclusion(log.suite(), leaf, index.value, size, *path, whole_log().root))
    CHECK((*entry)->commitment == whole_log().commitments.at(index.value));
}

// What verifying cannot see (docs/formats/store.md): a row of `once` that was erased before its time, and when that is;
// which answers a hand-over named, as long as they are as many; and that a row of `decided` was taken away.
bool can_be_seen(const DamagedStore& store) {
  fuzz::Tables whole = store.whole();
  const fuzz::Tables& damaged = store.damaged();
  fuzz::Rows& once = whole.at("once");
  const fuzz::Rows& now = damaged.at("once");
  std::erase_if(once, [&](const auto& row) { return now.count(row.first) == 0; });
  for (auto& [key, value] : once)
    if (const Bytes& is = now.at(key); is.size() == value.size()) std::copy_n(is.end() - 8, 8, value.end() - 8);
  for (auto& [key, value] : whole.at("handovers")) {
    const auto is = damaged.at("handovers").find(key);
    if (is != damaged.at("handovers").end() && is->second.size() == value.size()) value = is->second;
  }
  std::erase_if(whole.at("decided"), [&](const auto& row) { return damaged.at("decided").count(row.first) == 0; });
  return whole != damaged;
}

void log(Input input) {
  const auto& made = whole_log().made;
  static DamagedStore store(made.store_dir(), options_of(provenance::kLogKind),
                            {"entries", "bundles", "statements", "hashes", "once", "registry", "handovers", "decided"});
  const auto asked = input.number<std::uint16_t>();
  store.damage(input);
  provenance::VerifyOptions options;
  options.head_path = made.head_path();
  options.pinned_genesis = made.world().registry().network();
  const auto report = provenance::verify_log(store.dir(), options);
  CHECK(report ? report->findings.empty() == !can_be_seen(store) : store.changed());

  const auto opened = provenance::LogStore::open(store.dir(), {});
  if (!opened) return CHECK(store.changed());
  static_cast<void>((*opened)->recover());
  if ((*opened)->size() != whole_log().commitments.size()) return CHECK(store.changed());
  check_entry(**opened, LogIndex(asked % (*opened)->size()));
}

// Whatever the index says, a trace is the one that the log alone gives: all that its rows can do is to name entries.
void index(Input input) {
  struct Indexed {
    provenance::TestLog log;
    std::string dir = log.dir() / "index";
    Bytes id;
    Indexed() {
      log.add_statements();
      log.add_exchanges(3);
      CHECK(provenance::LogIndexer::open(dir, log.store()).has_value());
      id = to_bytes(log.last_id().view());
    }
  };
  static Indexed made;
  static DamagedStore store(made.dir, provenance::index_options(false), {"meta"});
  static const auto right = provenance::trace(made.log.store(), made.dir + "-none", made.log.last_id());
  Bytes key = made.id;
  append(key, input.take(input.below(12)));
  store.damage(input);
  store.add("ids", key);
  store.add("digests", input.rest());
  const auto found = provenance::trace(made.log.store(), made.dir, made.log.last_id());
  CHECK(right.has_value() && found.has_value());
  CHECK(found->statements == right->statements && found->entries.size() == right->entries.size());
  for (std::size_t i = 0; i < found->entries.size(); ++i) CHECK(found->entries[i].index == right->entries[i].index);
}

class SetClock final : public Clock {
 public:
  Instant wall() const override { return World::kStart; }
  Duration monotonic() const override { return {}; }
};

void ledger(Input input) {
  struct Kept {
    TestDir dir;
    SetClock clock;
    std::string state = dir / "state";
    Kept() {
      const auto opened = adapters::Ledger::open(state, clock);
      CHECK(opened.has_value());
      for (std::uint32_t rows : {0U, 1U, 60U, 130U}) {  // none, one, more than one chunk of them
        adapters::LedgerRecord record;
        record.request = crypto::random<Digest>();
        record.rows = rows;
        record.user = MemberId("tax");
        record.dataset = DatasetId("civil-affairs/household");
        record.operator_id = "officer-7";
        std::vector<Digest> hashes(rows);
        for (auto& hash : hashes) hash = crypto::random<Digest>();
        CHECK((*opened)->add(crypto::suite(crypto::SuiteId::kStandard), record, hashes, World::kStart).has_value());
      }
      CHECK((*opened)->commit().has_value());
    }
  };
  static const Kept kept;
  static DamagedStore store(kept.state + "/ledger", options_of("ledger"), {"records", "keys", "meta", "once"});
  store.damage(input);
  const bool chain = store.changed("records") || store.changed("keys") || store.changed("meta");
  CHECK(adapters::verify_ledger(kept.state, nullptr, nullptr).has_value() == !chain);
  const auto opened = adapters::Ledger::open(kept.state, kept.clock);
  if (!opened) return CHECK(chain && opened.error().code != 0);
  CHECK((*opened)->head().size == store.damaged().at("records").size());
}

// What is folded is a beginning of what was kept.
void replica(Input input) {
  struct Kept {
    World world = World::city();
    TestDir dir;
    std::vector<std::vector<exchange::RegistryRow>> rows;  // after each statement
    Kept() {
      const auto replica = client::Replica::open(dir / "replica", world.registry().network());
      CHECK(replica.has_value());
      for (const auto& statement : world.statements()) {
        exchange::EntryBody entry;
        entry.kind = schemas::EntryKind::kStatement;
        entry.digest = exchange::message_digest(world.suite(), schemas::MessageKind::kStatement, statement.document,
                                                statement.signatures);
        entry.related = (*replica)->registry().epoch();
        entry.time = World::kStart;
        const exchange::Promise promise{
            LogIndex(rows.size()), crypto::random<Salt>(), to_bytes(exchange::encode(entry)), {}};
        CHECK((*replica)->take(statement, promise, entry).has_value());
        rows.push_back((*replica)->registry().rows());
      }
      CHECK((*replica)->save().has_value());
    }
  };
  static const Kept kept;
  static DamagedStore store(kept.dir / "replica", options_of("replica"), {"statements"});
  store.damage(input);
  const auto opened = client::Replica::open(store.dir(), kept.world.registry().network());
  if (!opened) return CHECK(store.changed() && names(opened.error(), store.dir()));
  const auto& registry = (*opened)->registry();
  CHECK(registry.empty() || registry.rows() == kept.rows.at(registry.statements() - 1));
  CHECK(store.changed() || registry.statements() == kept.rows.size());
}

// What is read is what the rows hold; a receipt that verifies was in the log.
void receipts(Input input) {
  struct Kept {
    fuzz::SampleLog log;
    TestDir dir;
    std::vector<ExchangeId> ids;
    Kept() {
      const auto store = client::ReceiptStore::open(dir / "receipts");
      CHECK(store.has_value());
      for (std::uint64_t i = 0; i < 3; ++i) {
        client::KeptExchange kept;
        kept.id = crypto::make_exchange_id(World::kStart + seconds(static_cast<std::int64_t>(i)));
        kept.request = Bytes(2'500, 1);
        kept.granted = Bytes(300, 2);
        if (i > 0) kept.answer = Bytes(400, 3);
        kept.recorded = Bytes(100, 4);
        kept.acknowledged = i == 2;
        kept.receipts = {log.receipt(10 * i), log.receipt(10 * i + 1)};
        CHECK((*store)->put({kept}).has_value());
        ids.push_back(kept.id);
      }
    }
  };
  static const Kept kept;
  static DamagedStore store(kept.dir / "receipts", options_of("receipts"), {"exchanges", "states", "receipts"});
  store.damage(input);
  const auto opened = client::ReceiptStore::open(store.dir(), true);
  CHECK(opened.has_value());
  const auto listed = (*opened)->list(10);
  CHECK(listed ? listed->size() == store.damaged().at("states").size() : names(listed.error(), store.dir()));
  static_cast<void>((*opened)->unfinished(10));
  for (const auto& id : kept.ids) {
    const auto got = (*opened)->get(id);
    if (!got) {
      CHECK(store.changed() && names(got.error(), store.dir()));
      continue;
    }
    if (!*got) continue;
    Bytes record;
    for (const auto& [key, value] : store.damaged().at("exchanges"))
      if (equal(ByteView(key).first(ExchangeId::kSize), id.view())) append(record, value);
    CHECK(client::encode(**got) == record);
    const exchange::ReceiptKeys keys{fuzz::SampleLog::kOrigin, &kept.log.suite, &kept.log.verifying, {}, 0};
    for (const auto& receipt : (*got)->receipts)
      if (exchange::verify_receipt(receipt, keys)) CHECK(receipt.body == kept.log.bodies.at(receipt.index.value));
  }
}

constexpr void (*kReaders[])(Input) = {log, index, ledger, replica, receipts};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
