#include "adapters/ledger.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/base/limits.h"
#include "core/base/test_dir.h"
#include "core/crypto/random.h"
#include "core/store/durable_file.h"
#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

class SetClock final : public Clock {
 public:
  Instant wall() const override { return now; }
  Duration monotonic() const override { return {now.us}; }
  Instant now{1'764'000'000'000'000};
};

const crypto::Suite& suite() { return crypto::suite(crypto::SuiteId::kStandard); }

Digest digest_of(std::uint8_t n) {
  Digest digest;
  digest.octets.fill(n);
  return digest;
}

LedgerRecord record_of(std::uint8_t n, std::uint32_t rows) {
  LedgerRecord record;
  record.request = digest_of(n);
  record.id.octets.fill(n);
  record.entry = LogIndex(n);
  record.catalogue = LogIndex(7);
  record.returned.add(3);
  record.rows = rows;
  record.user = MemberId("tax");
  record.dataset = DatasetId("civil-affairs/household");
  record.operator_id = "clerk-17";
  return record;
}

class LedgerFixture : public testing::Test {
 protected:
  std::unique_ptr<Ledger> open() {
    auto ledger = Ledger::open(state(), clock_);
    EXPECT_TRUE(ledger) << ledger.error().what;
    return ledger ? std::move(*ledger) : nullptr;
  }
  std::string state() const { return dir_ / "state"; }
  Instant expires() const { return clock_.now + seconds(30); }

  // Three records of 1, 0 and 130 rows; the last list takes three chunks.
  LedgerHead fill(Ledger& ledger) {
    EXPECT_TRUE(ledger.add(suite(), record_of(1, 1), {digest_of(0xa1)}, expires()));
    EXPECT_TRUE(ledger.add(suite(), record_of(2, 0), {}, expires()));
    EXPECT_TRUE(ledger.add(suite(), record_of(3, 130), std::vector<Digest>(130, digest_of(0xa3)), expires()));
    EXPECT_TRUE(ledger.commit());
    return ledger.head();
  }

  template <class Change>
  void tamper(const std::string& table_name, Change change) {
    store::EnvOptions options;
    options.kind = "ledger";
    auto env = store::Env::open(state() + "/ledger", options);
    ASSERT_TRUE(env) << env.error().what;
    const auto table = (*env)->open_table(table_name);
    auto txn = (*env)->write();
    ASSERT_TRUE(table && txn);
    change(*txn, *table);
    ASSERT_TRUE(txn->commit());
  }
  void expect_caught(const std::string& said) {
    const auto verdict = verify_ledger(state(), nullptr, nullptr);
    ASSERT_FALSE(verdict) << "nothing was found";
    EXPECT_EQ(verdict.error().code, schemas::code::verification_failed);
    EXPECT_NE(verdict.error().what.find(said), std::string::npos) << verdict.error().what;
  }

  TestDir dir_;
  SetClock clock_;
};

TEST(LedgerRecord, DecodesToWhatWasEncoded) {
  LedgerRecord record = record_of(9, 5);
  record.status = schemas::AnswerStatus::kNo;
  record.reason = 200;
  record.case_number = "case 4";
  const Bytes octets = encode(record);
  const auto decoded = decode_ledger_record(octets);
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(*decoded, record);
}

TEST(LedgerRecord, EveryShorterOrLongerFormIsRefused) {
  Bytes octets = encode(record_of(9, 5));
  for (std::size_t size = 0; size < octets.size(); ++size)
    EXPECT_FALSE(decode_ledger_record(ByteView(octets).first(size))) << size;
  octets.push_back(0);
  EXPECT_FALSE(decode_ledger_record(octets));
}

TEST(LedgerHead, AnotherLengthIsNoHead) {
  const LedgerHead head{crypto::random<Digest>(), 7};
  const Bytes octets = encode(head);
  EXPECT_EQ(*decode_ledger_head(octets), head);
  EXPECT_FALSE(decode_ledger_head(ByteView(octets).first(octets.size() - 1)));
  Bytes longer = octets;
  longer.push_back(0);
  EXPECT_FALSE(decode_ledger_head(longer));
}

TEST(LedgerRecord, HashesOfKeysDependOnSecretDatasetTypeAndValue) {
  const DatasetId dataset("a/b");
  const Bytes secret(32, 1);
  const Digest base = hash_of_key(secret, dataset, schemas::Value(std::string("7")));
  EXPECT_EQ(base, hash_of_key(secret, dataset, schemas::Value(std::string("7"))));
  EXPECT_NE(base, hash_of_key(Bytes(32, 2), dataset, schemas::Value(std::string("7"))));
  EXPECT_NE(base, hash_of_key(secret, DatasetId("a/c"), schemas::Value(std::string("7"))));
  EXPECT_NE(base, hash_of_key(secret, dataset, schemas::Value(Bytes{'7'})));
  EXPECT_NE(base, hash_of_key(secret, dataset, schemas::Value(std::string("8"))));
}

TEST_F(LedgerFixture, TheChainIsDerivedAnewFromWhatIsStored) {
  LedgerHead head;
  {
    auto ledger = open();
    head = fill(*ledger);
    EXPECT_EQ(head.size, 3u);
    EXPECT_EQ(ledger->synced_size(), 3u);
  }
  std::vector<VerifiedRecord> seen;
  const auto verdict = verify_ledger(
      state(),
      [](const VerifiedRecord& record, void* to) { static_cast<std::vector<VerifiedRecord>*>(to)->push_back(record); },
      &seen);
  ASSERT_TRUE(verdict) << verdict.error().what;
  EXPECT_EQ(*verdict, head);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[2].key_hashes.size(), 130u);
  EXPECT_EQ(seen[0].record.operator_id, "clerk-17");
  EXPECT_EQ(open()->head(), head);
}

TEST_F(LedgerFixture, AChangedRecordIsFound) {
  fill(*open());
  tamper("records", [](store::WriteTxn& txn, store::Table table) {
    const auto key = store::key_of(std::uint64_t{1});
    Bytes record = to_bytes(**txn.get(table, key));
    record[60] ^= 1;
    ASSERT_TRUE(txn.put(table, key, record));
  });
  expect_caught("the chain does not end in the ledger's head");
}

TEST_F(LedgerFixture, AChangedListOfKeysIsFound) {
  fill(*open());
  tamper("keys", [](store::WriteTxn& txn, store::Table table) {
    ASSERT_TRUE(txn.put(table, store::key_of(std::uint64_t{0}, std::uint16_t{0}), digest_of(0xff).view()));
  });
  expect_caught("record 0");
}

TEST_F(LedgerFixture, AnErasedRecordIsFound) {
  fill(*open());
  tamper("records", [](store::WriteTxn& txn, store::Table table) {
    ASSERT_TRUE(txn.erase(table, store::key_of(std::uint64_t{1})));
  });
  expect_caught("record 1");
  EXPECT_FALSE(Ledger::open(state(), clock_));
}

TEST_F(LedgerFixture, MarksLiveUntilTheirMessageCannotBeFresh) {
  auto ledger = open();
  const Instant first_expires = expires();
  ASSERT_TRUE(ledger->add(suite(), record_of(1, 0), {}, first_expires));
  ASSERT_TRUE(ledger->commit());
  clock_.now = first_expires + limits::kSkew;
  ASSERT_TRUE(ledger->add(suite(), record_of(2, 0), {}, expires()));
  ASSERT_TRUE(ledger->commit());
  EXPECT_TRUE(*ledger->executed(digest_of(1), first_expires));
  clock_.now = clock_.now + milliseconds(1);
  ASSERT_TRUE(ledger->add(suite(), record_of(3, 0), {}, expires()));
  ASSERT_TRUE(ledger->commit());
  EXPECT_FALSE(*ledger->executed(digest_of(1), first_expires));
  // A wall clock that is set back makes nothing fresh again.
  const Instant before = ledger->now();
  clock_.now = clock_.now - minutes(10);
  EXPECT_EQ(ledger->now(), before);
}

TEST_F(LedgerFixture, CountsOfPastDaysAreErasedHoweverManyTheyAre) {
  constexpr std::size_t kSubjects = 5 * limits::kCommitRecordsMax;  // more than one commit erases
  const auto subject = [](std::size_t i) { return "attempts tax " + std::to_string(i); };
  const auto ledger = open();
  std::vector<DayCount> many;
  for (std::size_t i = 0; i < kSubjects; ++i) many.push_back({20'000, subject(i), 1});
  ASSERT_TRUE(ledger->add(suite(), record_of(1, 0), {}, expires(), many));
  ASSERT_TRUE(ledger->commit());

  const auto left = [&] {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < kSubjects; ++i) count += ledger->count_of(20'000, subject(i)).value_or(99);
    return count;
  };
  ASSERT_TRUE(ledger->add(suite(), record_of(2, 0), {}, expires(), {{20'003, "user tax", 1}}));
  ASSERT_TRUE(ledger->commit());
  EXPECT_EQ(left(), kSubjects);  // somewhere it is that day, or was until just now
  ASSERT_TRUE(ledger->add(suite(), record_of(3, 0), {}, expires(), {{20'004, "user tax", 1}}));
  ASSERT_TRUE(ledger->commit());
  EXPECT_GT(left(), 0U);
  ASSERT_TRUE(ledger->add(suite(), record_of(4, 0), {}, expires()));
  ASSERT_TRUE(ledger->commit());
  EXPECT_EQ(left(), 0U);
  EXPECT_EQ(ledger->count_of(20'004, "user tax").value_or(99), 1U);
}

TEST_F(LedgerFixture, WhatWasNotCommittedIsGoneAfterAStart) {
  {
    auto ledger = open();
    ASSERT_TRUE(ledger->add(suite(), record_of(1, 0), {}, expires()));
    EXPECT_TRUE(*ledger->executed(digest_of(1), expires()));
    EXPECT_EQ(ledger->synced_size(), 0u);
  }
  auto ledger = open();
  EXPECT_EQ(ledger->head(), LedgerHead{});
  EXPECT_FALSE(*ledger->executed(digest_of(1), expires()));
}

TEST_F(LedgerFixture, NothingAddedIsNoCommit) {
  auto ledger = open();
  const auto commits = ledger->commits();
  EXPECT_FALSE(*ledger->executed(digest_of(1), expires()));
  ASSERT_TRUE(ledger->commit());
  EXPECT_EQ(ledger->commits(), commits);
}

TEST_F(LedgerFixture, WhatItsOperatorCanMendIsNoFailureOfTheStore) {
  ASSERT_TRUE(open());
  const std::string dir = state() + "/ledger";
  ASSERT_EQ(::chmod(dir.c_str(), 0750), 0);
  const auto readable = Ledger::open(state(), clock_);
  ASSERT_FALSE(readable);
  EXPECT_EQ(readable.error().code, schemas::code::config);
  ASSERT_EQ(::chmod(dir.c_str(), 0700), 0);
  ASSERT_TRUE(open());
  std::filesystem::remove_all(dir);
  store::EnvOptions later;
  later.kind = "ledger";
  later.format = 2;
  ASSERT_TRUE(store::Env::open(dir, later));
  const auto found = Ledger::open(state(), clock_);
  ASSERT_FALSE(found);
  EXPECT_EQ(schemas::exit_code_of(found.error()), 2);
  EXPECT_NE(found.error().what.find(dir), std::string::npos) << found.error().what;
}

TEST_F(LedgerFixture, ItsSecretIsMadeOnceAndMissedWhenItIsGone) {
  Bytes secret;
  {
    auto ledger = open();
    secret = to_bytes(ledger->secret());
  }
  EXPECT_TRUE(store::check_secret_mode(state() + "/ledger.key"));
  EXPECT_TRUE(equal(open()->secret(), secret));
  ASSERT_EQ(::unlink((state() + "/ledger.key").c_str()), 0);
  const auto without = Ledger::open(state(), clock_);
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().code, schemas::code::config);
}

}  // namespace
}  // namespace steelyard::adapters
