#include "broker/cosignatures.h"

#include <sys/stat.h>

#include "broker/loop_fixture.h"

namespace steelyard::broker {
namespace {

// A log with a genesis in it, and the keys of those who sign its checkpoints.
class CosignaturesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store::EnvOptions options;
    options.map_bytes = config.map_bytes;
    auto opened = provenance::LogStore::open(config.store, options);
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    log = std::move(*opened);
    auto log_key = crypto::VerifyingKey::decode(world.broker().log.public_key());
    auto cosign_key = crypto::VerifyingKey::decode(world.keys(kTax).cosign.public_key());
    ASSERT_TRUE(log_key && cosign_key);
    log_public = std::make_shared<const crypto::VerifyingKey>(std::move(*log_key));
    tax_public = std::make_shared<const crypto::VerifyingKey>(std::move(*cosign_key));
  }

  const World world = World::city();
  const TestDir dir;
  const Config config = make_broker_folder(world, dir);
  std::unique_ptr<provenance::LogStore> log;
  std::shared_ptr<const crypto::VerifyingKey> log_public, tax_public;
};

TEST_F(CosignaturesTest, OfAWitnessNothingIsKeptButItsOwnLine) {
  const std::string path = dir / "cosigned";
  bool contradicted = false;
  {
    auto cosignatures =
        Cosignatures::open(path, World::kOrigin, log_public, *log, [&](const Error&) { contradicted = true; });
    ASSERT_TRUE(cosignatures.has_value());
    const crypto::Checkpoint checkpoint{World::kOrigin, log->size(), log->frontier().root(), {}};
    auto note = crypto::parse_note(crypto::sign_checkpoint(checkpoint, world.broker().log));
    ASSERT_TRUE(note.has_value());
    note->signatures.push_back(crypto::cosign(note->text, kTax.text, world.keys(kTax).cosign, World::kStart));
    crypto::NoteSignature forged = note->signatures.back();
    forged.name = kOwner.text;
    note->signatures.push_back(forged);
    const std::string text = crypto::format_note(*note);
    EXPECT_TRUE((*cosignatures)->offer(kTax, tax_public, to_bytes(as_bytes(text))));
  }
  EXPECT_FALSE(contradicted);
  const auto octets = store::read_file(path, limits::kNoteBytesMax);
  ASSERT_TRUE(octets.has_value());
  const auto kept = crypto::parse_note(as_text(*octets));
  ASSERT_TRUE(kept.has_value());
  ASSERT_EQ(kept->signatures.size(), 2u);
  EXPECT_EQ(kept->signatures[0].name, World::kOrigin);
  EXPECT_EQ(kept->signatures[1].name, kTax.text);
}

TEST_F(CosignaturesTest, TheSameAgainWritesNothing) {
  const crypto::Checkpoint checkpoint{World::kOrigin, log->size(), log->frontier().root(), {}};
  const auto note = crypto::parse_note(crypto::sign_checkpoint(checkpoint, world.broker().log));
  ASSERT_TRUE(note.has_value());
  const auto cosigned_at = [&](Instant time) {
    crypto::Note cosigned = *note;
    cosigned.signatures.push_back(crypto::cosign(note->text, kTax.text, world.keys(kTax).cosign, time));
    return to_bytes(as_bytes(crypto::format_note(cosigned)));
  };
  const std::string path = dir / "cosigned";
  const auto offer = [&](const Bytes& text) {
    auto cosignatures = Cosignatures::open(path, World::kOrigin, log_public, *log, [](const Error&) { FAIL(); });
    ASSERT_TRUE(cosignatures.has_value());
    EXPECT_TRUE((*cosignatures)->offer(kTax, tax_public, text));
  };
  const auto file = [&] {  // one that is written is another one
    struct stat found {};
    EXPECT_EQ(stat(path.c_str(), &found), 0);
    return found.st_ino;
  };
  offer(cosigned_at(World::kStart));
  const auto first = file();
  offer(cosigned_at(World::kStart));
  EXPECT_EQ(file(), first);
  offer(cosigned_at(World::kStart + seconds(1)));  // said anew of the same checkpoint
  EXPECT_EQ(file(), first);
}

}  // namespace
}  // namespace steelyard::broker
