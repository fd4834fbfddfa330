#include "core/provenance/signer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>

#include "core/base/limits.h"
#include "core/provenance/test_log.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::provenance {
namespace {

const std::string kOrigin = exchange::testing::World::kOrigin;

class StillClock final : public Clock {
 public:
  Instant wall() const override { return {0}; }
  Duration monotonic() const override { return {us}; }
  std::atomic<std::int64_t> us{1'000'000'000};
};

// A signer over a head file of its own, with what it said.
struct Rig {
  TestDir dir;
  StillClock clock;
  std::mutex mutex;
  std::condition_variable said;
  std::vector<std::string> notes;
  std::vector<Error> errors;
  std::vector<std::string> file_at_publication;

  const crypto::Suite& suite() const { return crypto::suite(crypto::SuiteId::kStandard); }
  std::string path() const { return dir / "head"; }
  crypto::SigningKey key() const { return exchange::testing::broker_keys(suite(), kOrigin).log; }
  std::string head_text() const {
    const auto octets = store::read_file(path(), limits::kNoteBytesMax);
    return octets ? std::string(as_text(*octets)) : "";
  }
  crypto::Checkpoint write_head(std::uint64_t size) {
    const crypto::Checkpoint head{kOrigin, size, root(size), {}};
    EXPECT_TRUE(HeadFile(path(), kOrigin).write(crypto::sign_checkpoint(head, key())));
    return head;
  }
  static Digest root(std::uint64_t size) {
    Digest digest;
    digest.octets[0] = static_cast<std::uint8_t>(size);
    digest.octets[1] = static_cast<std::uint8_t>(size >> 8);
    return digest;
  }
  static CommittedBatch head(std::uint64_t size) { return {0, LogIndex(0), size, root(size)}; }

  std::unique_ptr<Signer> start(const crypto::Checkpoint& last) {
    return std::make_unique<Signer>(
        HeadFile(path(), kOrigin), key(), kOrigin, last, clock,
        [this](std::string note) {
          const std::lock_guard lock(mutex);
          file_at_publication.push_back(head_text());
          notes.push_back(std::move(note));
          said.notify_all();
        },
        [this](Error error) {
          const std::lock_guard lock(mutex);
          errors.push_back(std::move(error));
          said.notify_all();
        });
  }
  bool wait_for_notes(std::size_t n) {
    std::unique_lock lock(mutex);
    return said.wait_for(lock, std::chrono::seconds(10), [&] { return notes.size() >= n || !errors.empty(); }) &&
           notes.size() >= n;
  }
  std::uint64_t signed_size(std::size_t n) {
    const auto verifying = crypto::VerifyingKey::decode(key().public_key());
    const auto checkpoint = crypto::verify_checkpoint(notes.at(n), kOrigin, *verifying);
    EXPECT_TRUE(checkpoint) << notes.at(n);
    return checkpoint ? checkpoint->size : 0;
  }
};

TEST(Signer, WritesTheHeadFileBeforeItPublishes) {
  Rig rig;
  auto signer = rig.start(rig.write_head(1));
  signer->offer(Rig::head(5));
  ASSERT_TRUE(rig.wait_for_notes(1));
  signer.reset();
  EXPECT_EQ(rig.signed_size(0), 5u);
  EXPECT_EQ(rig.file_at_publication[0], rig.notes[0]);
}

TEST(Signer, SignsOnceASecondAndTheNewestThen) {
  Rig rig;
  auto signer = rig.start(rig.write_head(1));
  signer->offer(Rig::head(5));
  ASSERT_TRUE(rig.wait_for_notes(1));
  for (std::uint64_t size = 6; size < 20; ++size) signer->offer(Rig::head(size));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  {
    const std::lock_guard lock(rig.mutex);
    EXPECT_EQ(rig.notes.size(), 1u);
  }
  rig.clock.us += limits::kCheckpointEvery.us;
  signer->offer(Rig::head(20));
  ASSERT_TRUE(rig.wait_for_notes(2));
  EXPECT_EQ(rig.signed_size(1), 20u);
}

TEST(Signer, DoesNotWaitWhereManyEntriesCame) {
  Rig rig;
  auto signer = rig.start(rig.write_head(1));
  signer->offer(Rig::head(5));
  ASSERT_TRUE(rig.wait_for_notes(1));
  signer->offer(Rig::head(5 + limits::kCheckpointEntries));
  EXPECT_TRUE(rig.wait_for_notes(2));
}

TEST(Signer, SignsWhatWasOfferedBeforeItEnds) {
  Rig rig;
  auto signer = rig.start(rig.write_head(1));
  signer->offer(Rig::head(5));
  ASSERT_TRUE(rig.wait_for_notes(1));
  signer->offer(Rig::head(6));
  signer.reset();
  ASSERT_EQ(rig.notes.size(), 2u);
  EXPECT_EQ(rig.signed_size(1), 6u);
}

TEST(Signer, SignsNothingTwice) {
  Rig rig;
  auto signer = rig.start(rig.write_head(5));
  signer->offer(Rig::head(5));
  signer.reset();
  EXPECT_TRUE(rig.notes.empty());
  EXPECT_TRUE(rig.errors.empty());
}

TEST(Signer, StopsWhereTheHeadFileIsGone) {
  Rig rig;
  auto signer = rig.start(rig.write_head(5));
  std::filesystem::remove(rig.path());
  signer->offer(Rig::head(6));
  signer.reset();
  ASSERT_EQ(rig.errors.size(), 1u);
  EXPECT_EQ(rig.errors[0].code, schemas::code::head_contradicts);
  EXPECT_TRUE(rig.notes.empty());
}

TEST(Invariant, HeadMonotonicNothingIsSignedThatDoesNotFollow) {
  for (const bool other_root : {false, true}) {
    Rig rig;
    auto signer = rig.start(rig.write_head(9));
    CommittedBatch back = Rig::head(other_root ? 9 : 8);
    if (other_root) back.root.octets[9] = 1;
    const std::string before = rig.head_text();
    signer->offer(back);
    signer.reset();
    ASSERT_EQ(rig.errors.size(), 1u);
    EXPECT_EQ(rig.errors[0].code, schemas::code::head_contradicts);
    EXPECT_EQ(rig.errors[0].kind, ErrorKind::kStop);
    EXPECT_TRUE(rig.notes.empty());
    EXPECT_EQ(rig.head_text(), before);
  }
}

TEST(Invariant, HeadMonotonicAHeadThatSomebodyElseWroteStopsTheSigner) {
  Rig rig;
  auto signer = rig.start(rig.write_head(9));
  rig.write_head(12);  // a second broker on a copy of the store
  signer->offer(Rig::head(10));
  signer.reset();
  ASSERT_EQ(rig.errors.size(), 1u);
  EXPECT_EQ(rig.errors[0].code, schemas::code::head_contradicts);
  EXPECT_TRUE(rig.notes.empty());
}

TEST(Invariant, HeadMonotonicAStoreHasToExtendItsHead) {
  TestLog log;
  log.add_statements();
  log.add_rejections(400);
  const auto root_at = [&](std::uint64_t size) {
    StoreTiles tiles(log.store());
    return *crypto::tree_hash(log.suite(), tiles, size);
  };
  const std::uint64_t size = log.store().size();
  for (const std::uint64_t held : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{256}, size - 3, size})
    EXPECT_TRUE(check_extends(log.store(), {kOrigin, held, root_at(held), {}})) << held;
  const auto longer = check_extends(log.store(), {kOrigin, size + 1, root_at(size), {}});
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().code, schemas::code::head_contradicts);
  const auto other = check_extends(log.store(), {kOrigin, size - 3, root_at(size), {}});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, schemas::code::head_contradicts);
  EXPECT_EQ(other.error().kind, ErrorKind::kStop);
}

TEST(HeadFile, AnythingButThisLogsCheckpointContradicts) {
  Rig rig;
  const auto key = crypto::VerifyingKey::decode(rig.key().public_key());
  const HeadFile head(rig.path(), kOrigin);
  EXPECT_EQ(head.read(*key).error().code, schemas::code::head_contradicts);  // missing
  rig.write_head(3);
  EXPECT_EQ(head.read(*key)->checkpoint.size, 3u);
  const auto other = crypto::VerifyingKey::decode(crypto::SigningKey::generate(rig.suite()).public_key());
  EXPECT_EQ(head.read(*other).error().code, schemas::code::head_contradicts);
  EXPECT_FALSE(HeadFile(rig.path(), "another.log").read(*key));
  ASSERT_TRUE(head.write("no checkpoint\n"));
  EXPECT_EQ(head.read(*key).error().kind, ErrorKind::kStop);
}

}  // namespace
}  // namespace steelyard::provenance
