#include "core/provenance/verify_log.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "core/provenance/test_log.h"

namespace steelyard::provenance {
namespace {

using exchange::testing::World;

std::string all_of(const VerifyReport& report) {
  std::string text;
  for (const auto& finding : report.findings) text += finding.slug + ": " + finding.what + "\n";
  return text;
}
std::string first_of(const VerifyReport& report) { return report.findings.empty() ? "" : report.findings[0].slug; }
bool names(const VerifyReport& report, std::string_view slug) {
  return std::any_of(report.findings.begin(), report.findings.end(), [&](const auto& f) { return f.slug == slug; });
}

// Statements, exchanges over more than one tile, a signed head.
class VerifyLog : public ::testing::Test {
 protected:
  VerifyLog() {
    log_.add_statements();
    statements_ = log_.store().size();
    log_.add_exchanges(3);
    log_.add_exchanges(150);
    log_.add_rejections(20);
    log_.sign_head();
  }
  void swap_rows(std::uint64_t a, std::uint64_t b) {
    log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
      const Bytes one = to_bytes(**txn.get(tables.entries, store::key_of(a)));
      const Bytes other = to_bytes(**txn.get(tables.entries, store::key_of(b)));
      ASSERT_TRUE(txn.put(tables.entries, store::key_of(a), other));
      ASSERT_TRUE(txn.put(tables.entries, store::key_of(b), one));
    });
  }
  std::uint64_t request() const { return statements_; }  // the first exchange's first request

  TestLog log_;
  std::uint64_t statements_ = 0;
};

TEST_F(VerifyLog, AWholeLogHasNoFindings) {
  const std::uint64_t size = log_.store().size();
  const Digest root = log_.store().frontier().root();
  VerifyOptions options;
  options.pinned_genesis = log_.world().registry().network();
  const auto report = log_.verify(options);
  EXPECT_EQ(all_of(report), "");
  EXPECT_EQ(report.entries, size);
  EXPECT_EQ(report.statements, log_.world().statements().size());
  EXPECT_EQ(report.bundles, 6u);
  EXPECT_EQ(report.exchanges, 153u);
  EXPECT_EQ(report.origin, World::kOrigin);
  EXPECT_EQ(report.root, root);
  ASSERT_TRUE(report.head);
  EXPECT_EQ(report.head->size, size);
}

TEST_F(VerifyLog, EntriesBeyondTheHeadAreCountedAndNoFault) {
  log_.add_exchanges(2);
  const auto report = log_.verify();
  EXPECT_EQ(all_of(report), "");
  EXPECT_EQ(report.beyond_head, 5u);
}

TEST_F(VerifyLog, AFlippedBitInABodyIsNamedWithItsEntry) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::uint64_t size = log_.store().size();
  for (int round = 0; round < 12; ++round) {
    const std::uint64_t index = random() % size;
    const std::size_t octet = random() % exchange::kEntryBodyBytes, bit = random() % 8;
    const auto flip = [&](store::WriteTxn& txn, const Tables& tables) {
      Bytes row = to_bytes(**txn.get(tables.entries, store::key_of(index)));
      const std::size_t at = row.size() - exchange::kEntryBodyBytes + octet;
      row[at] = static_cast<std::uint8_t>(row[at] ^ 1u << bit);
      ASSERT_TRUE(txn.put(tables.entries, store::key_of(index), row));
    };
    log_.tamper(flip);
    const auto report = log_.verify();
    ASSERT_FALSE(report.findings.empty());
    EXPECT_EQ(report.findings[0].slug, "entry-body-changed") << all_of(report);
    EXPECT_EQ(report.findings[0].index, LogIndex(index));
    log_.tamper(flip);
  }
  EXPECT_EQ(all_of(log_.verify()), "");
}

TEST_F(VerifyLog, SwappedRowsOfOneBundleAreOutOfOrder) {
  swap_rows(request(), request() + 1);
  const auto report = log_.verify();
  EXPECT_EQ(first_of(report), "entries-out-of-order") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(request()));
}

TEST_F(VerifyLog, SwappedRowsOfTwoBundlesAreOutOfOrder) {
  swap_rows(request() + 1, request() + 100);
  const auto report = log_.verify();
  EXPECT_EQ(first_of(report), "entries-out-of-order") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(request() + 1));
}

TEST_F(VerifyLog, SwappedStatementsAreOutOfOrder) {
  swap_rows(3, 4);
  const auto report = log_.verify();
  EXPECT_EQ(first_of(report), "entries-out-of-order") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(3));
}

TEST_F(VerifyLog, SwappedEntriesWithoutABundleAreFoundByTheirTile) {
  log_.add_rejections(600);
  log_.sign_head();
  swap_rows(600, 601);
  const auto report = log_.verify();
  ASSERT_EQ(first_of(report), "hash-row-differs") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(512));
}

TEST_F(VerifyLog, AnEntryTakenOutOfTheMiddleIsMissing) {
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    ASSERT_TRUE(txn.erase(tables.entries, store::key_of(request() + 10)));
  });
  const auto report = log_.verify();
  ASSERT_EQ(first_of(report), "entry-missing") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(request() + 10));
}

TEST_F(VerifyLog, ARemovedTailIsMissing) {
  const std::uint64_t size = log_.store().size();
  const std::uint64_t left = size - 30;
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    for (std::uint64_t index = left; index < size; ++index)
      ASSERT_TRUE(txn.erase(tables.entries, store::key_of(index)));
  });
  const auto report = log_.verify();
  EXPECT_TRUE(names(report, "tail-missing")) << all_of(report);
  EXPECT_EQ(first_of(report), "tail-missing") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(left));
}

TEST_F(VerifyLog, AnOlderCopyIsToldFromARemovedTail) {
  log_.close();
  std::filesystem::copy(log_.store_dir(), log_.dir() / "copy");
  log_.open();
  const std::uint64_t size = log_.store().size();
  log_.add_exchanges(5);
  log_.sign_head();
  log_.close();
  std::filesystem::remove_all(log_.store_dir());
  std::filesystem::rename(log_.dir() / "copy", log_.store_dir());
  const auto report = log_.verify();
  ASSERT_EQ(report.findings.size(), 1u) << all_of(report);
  EXPECT_EQ(first_of(report), "older-copy");
  EXPECT_EQ(report.findings[0].index, LogIndex(size));
}

TEST_F(VerifyLog, ARewrittenLogIsNotTheOneThatWasSigned) {
  log_.rewrite(LogIndex(request() + 1), [](exchange::EntryBody& body) { body.count = 9'999; });
  const auto report = log_.verify();
  ASSERT_EQ(report.findings.size(), 1u) << all_of(report);
  EXPECT_EQ(first_of(report), "tree-not-signed");
}

TEST_F(VerifyLog, AHeadRewrittenWithTheLogIsNotSignedByTheLogsKey) {
  log_.rewrite(LogIndex(request() + 1), [](exchange::EntryBody& body) { body.count = 9'999; });
  log_.open();
  const auto other = crypto::SigningKey::generate(log_.suite());
  const crypto::Checkpoint head{World::kOrigin, log_.store().size(), log_.store().frontier().root(), {}};
  ASSERT_TRUE(HeadFile(log_.head_path(), World::kOrigin).write(crypto::sign_checkpoint(head, other)));
  const auto report = log_.verify();
  ASSERT_EQ(report.findings.size(), 1u) << all_of(report);
  EXPECT_EQ(first_of(report), "head-not-signed");
}

TEST_F(VerifyLog, AWitnessesCheckpointFindsWhatARewrittenHeadHides) {
  VerifyOptions options;
  options.held.push_back(log_.note_at_end());
  log_.rewrite(LogIndex(request() + 1), [](exchange::EntryBody& body) { body.count = 9'999; });
  log_.open();
  log_.sign_head();  // the broker itself cheats: it has the key
  const auto report = log_.verify(options);
  ASSERT_EQ(report.findings.size(), 1u) << all_of(report);
  EXPECT_EQ(first_of(report), "tree-not-signed");
}

TEST_F(VerifyLog, AnExchangeIsClosedOnce) {
  const LogIndex last(log_.store().size() - 1);  // a sum of rejections, the broker's own like a close
  log_.rewrite(last, [&](exchange::EntryBody& body) {
    body.kind = schemas::EntryKind::kRefusal;
    body.verdict = 1;
    body.related = LogIndex(request());
  });
  log_.open();
  log_.sign_head();
  const auto report = log_.verify();
  ASSERT_EQ(report.findings.size(), 1u) << all_of(report);
  EXPECT_EQ(first_of(report), "related-wrong");
  EXPECT_EQ(report.findings[0].index, last);
}

TEST_F(VerifyLog, AnotherMessageUnderAnAuthorsNameFailsItsBundleSignature) {
  log_.rewrite(LogIndex(request() + 1), [](exchange::EntryBody& body) { body.digest.octets[0] ^= 1; });
  log_.open();
  log_.sign_head();
  const auto report = log_.verify();
  ASSERT_FALSE(report.findings.empty());
  EXPECT_EQ(first_of(report), "author-signature-wrong") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(request()));
}

TEST_F(VerifyLog, AChangedBundleSignatureIsWrong) {
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    Bytes row = to_bytes(**txn.get(tables.bundles, store::key_of(std::uint64_t{0}, std::uint16_t{0})));
    row[2 + 8 + 8 + 5] ^= 1;
    ASSERT_TRUE(txn.put(tables.bundles, store::key_of(std::uint64_t{0}, std::uint16_t{0}), row));
  });
  const auto report = log_.verify();
  ASSERT_EQ(report.findings.size(), 1u) << all_of(report);
  EXPECT_EQ(first_of(report), "author-signature-wrong");
}

TEST_F(VerifyLog, AnEntryMadeTheBrokersOwnLacksItsAuthor) {
  const LogIndex received(log_.store().size() - 21);
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    const StoredEntry was = **read_entry(txn, tables, received);
    const EntryRecord entry{received, *exchange::decode_entry(was.body), was.salt, was.commitment, kNoBundle, 0};
    ASSERT_TRUE(txn.put(tables.entries, store::key_of(received), entry_row(entry)));
  });
  const auto report = log_.verify();
  EXPECT_EQ(first_of(report), "author-missing") << all_of(report);
}

TEST_F(VerifyLog, AChangedStatementIsNamed) {
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    const auto key = store::key_of(std::uint64_t{5}, std::uint16_t{0});
    Bytes row = to_bytes(**txn.get(tables.statements, key));
    row[40] ^= 1;
    ASSERT_TRUE(txn.put(tables.statements, key, row));
  });
  const auto report = log_.verify();
  ASSERT_EQ(first_of(report), "statement-changed") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(5));
}

TEST_F(VerifyLog, AStatementWithoutItsSignatureDoesNotStand) {
  const auto& statement = log_.world().statements()[5];
  const exchange::StatementBytes bare{statement.document, schemas::encode(std::vector<schemas::StatementSignature>())};
  log_.rewrite(LogIndex(5), [&](exchange::EntryBody& body) {
    body.digest =
        exchange::message_digest(log_.suite(), schemas::MessageKind::kStatement, bare.document, bare.signatures);
  });
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    const Bytes row = statement_row(bare);
    ASSERT_LE(row.size(), limits::kStoreValueBytesMax);
    ASSERT_TRUE(txn.put(tables.statements, store::key_of(std::uint64_t{5}, std::uint16_t{0}), row));
  });
  const auto report = log_.verify();
  ASSERT_EQ(first_of(report), "statement-refused") << all_of(report);
  EXPECT_EQ(report.findings[0].index, LogIndex(5));
}

TEST_F(VerifyLog, RegistryOnceAndHandoverRowsAreHeldToTheLog) {
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    auto row = log_.world().registry().rows().back();
    row.value.back() ^= 1;
    ASSERT_TRUE(txn.put(tables.registry, row.key, row.value));
    OnceRow once;
    {
      const auto rows = txn.cursor(tables.once);
      auto at = std::move(const_cast<Result<store::Cursor>&>(rows)).value();
      ASSERT_TRUE(*at.first());
      once = *once_from_row(at.key(), at.value());
    }
    once.state = OnceState::kOpen;  // so that it could be executed again
    once.closing = kNoIndex;
    once.digest.octets[3] ^= 1;
    ASSERT_TRUE(txn.put(tables.once, once_key(once.member, once.id), once_row(once)));
    const auto key = store::key_of(request() + 6, std::uint16_t{0});
    const Bytes digests = to_bytes(**txn.get(tables.handovers, key));
    ASSERT_TRUE(txn.put(tables.handovers, key, ByteView(digests).first(Digest::kSize)));
  });
  const auto report = log_.verify();
  EXPECT_EQ(report.findings.size(), 3u) << all_of(report);
  EXPECT_TRUE(names(report, "registry-differs"));
  EXPECT_TRUE(names(report, "once-differs"));
  EXPECT_TRUE(names(report, "handover-changed"));
}

TEST_F(VerifyLog, WhichPoliciesDecidedIsKeptAndCannotBeAnother) {
  const auto kept = log_.store().decided_by(LogIndex(request()));
  ASSERT_TRUE(kept && *kept);
  EXPECT_EQ(**kept, log_.decided_by());
  EXPECT_FALSE(*log_.store().decided_by(LogIndex(0))) << "of a statement";
  const auto put = [&](std::uint64_t index, ByteView row) {
    log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
      ASSERT_TRUE(txn.put(tables.decided, store::key_of(index), row));
    });
  };
  Bytes row;
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    row = to_bytes(**txn.get(tables.decided, store::key_of(request())));
  });
  for (std::size_t i = 0; i < row.size(); ++i) {
    Bytes changed = row;
    changed[i] ^= 1;
    put(request(), changed);
    const auto report = log_.verify();
    ASSERT_EQ(report.findings.size(), 1U) << all_of(report);
    EXPECT_EQ(report.findings[0].slug, "decided-by-changed");
    EXPECT_EQ(report.findings[0].index, LogIndex(request()));
  }
  put(request(), row);
  put(0, row);
  EXPECT_EQ(first_of(log_.verify()), "decided-by-changed") << "an entry that no policy decided";
}

// A row that the entry commits to, and that names what brought no policy.
TEST_F(VerifyLog, WhoDecidedIsAPolicySetOrAnAgreementBeforeTheEntry) {
  exchange::DecidedBy by;
  by.policies = {{LogIndex(1), 0}};  // a member
  const Bytes row = exchange::encode(by, Salt{});
  const Salt salt = exchange::salt_of(log_.suite(), row);
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    ASSERT_TRUE(txn.put(tables.decided, store::key_of(request()), row));
    const StoredEntry was = **read_entry(txn, tables, LogIndex(request()));
    EntryRecord entry{was.index, *exchange::decode_entry(was.body), salt, was.commitment, was.bundle, was.position};
    ASSERT_TRUE(txn.put(tables.entries, store::key_of(request()), entry_row(entry)));
  });
  log_.rewrite(LogIndex(request()), [](exchange::EntryBody&) {});
  EXPECT_TRUE(names(log_.verify(), "decided-by-changed"));
}

TEST_F(VerifyLog, ARequestOfTheRootManagerIsItsOwnThoughTheGenesisNamesIt) {
  log_.add_refusal_of_root();
  log_.sign_head();
  const auto report = log_.verify();
  EXPECT_TRUE(report.findings.empty()) << all_of(report);
}

TEST_F(VerifyLog, AnotherGenesisThanThePinnedOneIsNamed) {
  VerifyOptions options;
  options.pinned_genesis = Digest{};
  EXPECT_EQ(first_of(log_.verify(options)), "genesis-not-pinned");
}

TEST_F(VerifyLog, AMissingHeadFileIsNamed) {
  std::filesystem::remove(log_.head_path());
  EXPECT_EQ(first_of(log_.verify()), "head-missing");
}

TEST_F(VerifyLog, ADroppedBodyLeavesTheLogWhole) {
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    const Bytes row = to_bytes(**txn.get(tables.entries, store::key_of(request())));
    ASSERT_TRUE(
        txn.put(tables.entries, store::key_of(request()), ByteView(row).first(row.size() - exchange::kEntryBodyBytes)));
  });
  const auto report = log_.verify();
  EXPECT_EQ(all_of(report), "");
  EXPECT_EQ(report.dropped, 1u);
}

}  // namespace
}  // namespace steelyard::provenance
