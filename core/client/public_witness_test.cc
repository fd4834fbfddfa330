#include "core/client/public_witness.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/limits.h"
#include "core/base/test_dir.h"
#include "core/crypto/merkle.h"
#include "core/crypto/random.h"
#include "core/store/durable_file.h"

namespace steelyard::client {
namespace {

const crypto::Suite& standard() { return crypto::suite(crypto::SuiteId::kStandard); }

class PublicWitnessTest : public ::testing::Test {
 protected:
  PublicWitnessTest() { open(); }

  void open() {
    witness.reset();
    auto key = crypto::SigningKey::from_private(crypto::Algorithm::kEd25519, ByteView(secret.octets));
    ASSERT_TRUE(key.has_value());
    auto opened = PublicWitness::open(dir.path(), kName, std::move(*key), {log_key()}, clock);
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    witness = std::move(*opened);
  }
  crypto::VerifierKey log_key() const { return {kOrigin, crypto::NoteUse::kSignature, log.public_key()}; }
  void grow(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) leaves.push_back(crypto::random<Digest>());
  }
  std::string note(const std::string& origin = kOrigin) const {
    return crypto::sign_checkpoint({origin, leaves.size(), crypto::tree_root(standard(), leaves), {}}, log);
  }
  std::string request(std::uint64_t old, const std::string& note) const {
    auto proof =
        old > 0 && old <= leaves.size() ? crypto::consistency_path(standard(), leaves, old) : std::vector<Digest>();
    return crypto::format_add_checkpoint({old, std::move(proof), note});
  }
  PublicWitness::Answer add(std::uint64_t old) { return witness->add_checkpoint(request(old, note())); }

  // The cosignature holds, under the text that was sent.
  void expect_cosigned(const PublicWitness::Answer& answer) {
    ASSERT_EQ(answer.status, 200) << answer.body;
    const auto cosigned = crypto::parse_note(note() + answer.body);
    ASSERT_TRUE(cosigned.has_value()) << cosigned.error().what;
    auto key = crypto::SigningKey::from_private(crypto::Algorithm::kEd25519, ByteView(secret.octets));
    const auto verifying = crypto::VerifyingKey::decode(key->public_key());
    EXPECT_TRUE(crypto::verify_cosignature(*cosigned, kName, *verifying).has_value());
    EXPECT_TRUE(
        crypto::verify_checkpoint(*cosigned, kOrigin, *crypto::VerifyingKey::decode(log.public_key())).has_value());
  }
  void expect_holds(const PublicWitness::Answer& answer, const std::string& size) {
    EXPECT_EQ(answer.status, 409);
    EXPECT_EQ(answer.type, "text/x.tlog.size");
    EXPECT_EQ(answer.body, size + "\n");
  }

  static constexpr const char* kName = "witness.example/w1";
  static constexpr const char* kOrigin = "log.example";
  const Digest secret = crypto::random<Digest>();
  crypto::SigningKey log = crypto::SigningKey::generate(standard());
  std::vector<Digest> leaves;
  TestDir dir;
  SystemClock clock;
  std::unique_ptr<PublicWitness> witness;
};

TEST_F(PublicWitnessTest, CosignsWhatExtendsAndAgainOverARestart) {
  grow(5);
  expect_cosigned(add(0));
  expect_cosigned(add(5));
  grow(300);
  expect_cosigned(add(5));
  open();
  expect_holds(add(5), "305");
  expect_cosigned(add(305));
  grow(1);
  expect_cosigned(add(305));
}

TEST_F(PublicWitnessTest, SaysWhatItHoldsWhereThatIsAnother) {
  grow(7);
  expect_holds(add(3), "0");
  expect_cosigned(add(0));
  grow(7);
  expect_holds(add(0), "7");
  expect_holds(add(14), "7");
  expect_holds(add(6), "7");
}

TEST_F(PublicWitnessTest, EachWrongRequestHasItsStatus) {
  grow(7);
  const std::string good = note();
  EXPECT_EQ(witness->add_checkpoint("").status, 400);
  EXPECT_EQ(witness->add_checkpoint("old 0\n\nno note\n").status, 400);
  EXPECT_EQ(witness->add_checkpoint(request(0, good.substr(0, good.size() - 1))).status, 400);
  EXPECT_EQ(witness->add_checkpoint(request(8, good)).status, 400) << "older than it is";
  EXPECT_EQ(witness->add_checkpoint(request(0, note("other.example"))).status, 404);
  const auto stranger = crypto::SigningKey::generate(standard());
  const crypto::Checkpoint head{kOrigin, 7, crypto::tree_root(standard(), leaves), {}};
  EXPECT_EQ(witness->add_checkpoint(request(0, crypto::sign_checkpoint(head, stranger))).status, 403);
  const crypto::Note bare{crypto::format_checkpoint(head), {crypto::sign_note("x\n", kOrigin, log)}};
  EXPECT_EQ(witness->add_checkpoint(request(0, crypto::format_note(bare))).status, 403);
  EXPECT_EQ(witness->add_checkpoint(crypto::format_add_checkpoint({0, {Digest{}}, good})).status, 422);
  expect_cosigned(add(0));
  grow(1);
  EXPECT_EQ(witness->add_checkpoint(crypto::format_add_checkpoint({7, {Digest{}}, note()})).status, 422);
  EXPECT_EQ(witness->add_checkpoint(crypto::format_add_checkpoint({7, {}, note()})).status, 422);
}

using InvariantPublicWitness = PublicWitnessTest;

TEST_F(InvariantPublicWitness, HeadMonotonicWhatDoesNotExtendIsNotCosigned) {
  grow(7);
  expect_cosigned(add(0));
  leaves[3] = crypto::random<Digest>();
  grow(5);
  EXPECT_EQ(add(7).status, 422);
  expect_holds(add(0), "7");
}

TEST_F(PublicWitnessTest, TwoTreesOfOneSizeAreKeptAsEvidenceOnce) {
  grow(7);
  const std::string first = note();
  expect_cosigned(add(0));
  leaves[3] = crypto::random<Digest>();
  for (int i = 0; i < 3; ++i) expect_holds(add(7), "7");
  const auto alarms = witness->take_alarms();
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].slug, "log-contradicts");
  const auto evidence = store::read_file(alarms[0].evidence_path, 64 * 1024);
  ASSERT_TRUE(evidence.has_value());
  EXPECT_NE(as_text(*evidence).find(note()), std::string_view::npos);
  EXPECT_NE(as_text(*evidence).find(first), std::string_view::npos);
}

// Anybody can write under a note; what is kept must be readable by the next process.
TEST_F(PublicWitnessTest, LinesThatOthersPutUnderTheNoteAreNotKept) {
  grow(7);
  auto parsed = crypto::parse_note(note());
  while (crypto::format_note(*parsed).size() < limits::kNoteBytesMax - 1'000)
    parsed->signatures.push_back({kOrigin, {1, 2, 3, 4}, Bytes(300, 7)});
  ASSERT_EQ(witness->add_checkpoint(request(0, crypto::format_note(*parsed))).status, 200);
  open();
  grow(1);
  expect_cosigned(add(7));
}

TEST_F(PublicWitnessTest, AFileOfItsThatIsDamagedStopsIt) {
  grow(7);
  expect_cosigned(add(0));
  std::string path;
  for (const auto& file : std::filesystem::directory_iterator(dir.path()))
    if (file.path().extension() == ".checkpoint") path = file.path();
  ASSERT_TRUE(store::write_file_durably(path, as_bytes("nothing"), 0600).has_value());
  auto key = crypto::SigningKey::from_private(crypto::Algorithm::kEd25519, ByteView(secret.octets));
  EXPECT_FALSE(PublicWitness::open(dir.path(), kName, std::move(*key), {log_key()}, clock).has_value());
}

}  // namespace
}  // namespace steelyard::client
