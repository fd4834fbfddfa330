#include "core/crypto/key_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "core/base/test_dir.h"

namespace steelyard::crypto {
namespace {

class KeyFile : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ / name; }
  std::string put(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    std::ofstream(path(name)) << text;
    chmod(path(name).c_str(), mode);
    return path(name);
  }

  const TestDir folder_;
};

TEST_F(KeyFile, EveryKindRoundTripsWithMode0600) {
  umask(0);
  for (const SuiteId id : {SuiteId::kStandard, SuiteId::kTestSecond}) {
    const std::string tail = std::to_string(static_cast<int>(id));
    const auto signing = SigningKey::generate(suite(id));
    ASSERT_TRUE(write_key_file(path("s" + tail), signing));
    EXPECT_EQ(read_signing_key(path("s" + tail))->public_key(), signing.public_key());
    const auto opening = OpeningKey::generate(suite(id));
    ASSERT_TRUE(write_key_file(path("o" + tail), opening));
    EXPECT_EQ(read_opening_key(path("o" + tail))->public_key(), opening.public_key());
  }
  const auto curve = CurveKey::generate();
  ASSERT_TRUE(write_key_file(path("curve"), curve));
  EXPECT_EQ(read_curve_key(path("curve"))->public_key(), curve.public_key());
  struct stat info {};
  ASSERT_EQ(stat(path("curve").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  umask(022);
}

TEST_F(KeyFile, HasTheStatedLine) {
  ASSERT_TRUE(write_key_file(path("k"), Algorithm::kEd25519, Bytes(32, 0)));
  std::ifstream file(path("k"));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_EQ(text, "steelyard-key:v1:ed25519:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
}

TEST_F(KeyFile, IsNeverOverwritten) {
  ASSERT_TRUE(write_key_file(path("k"), CurveKey::generate()));
  const auto again = write_key_file(path("k"), CurveKey::generate());
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().what.find("never overwritten"), std::string::npos);
  EXPECT_FALSE(write_key_file(path("no/such/folder/k"), CurveKey::generate()));
}

TEST_F(KeyFile, OpenToOthersIsRefused) {
  ASSERT_TRUE(write_key_file(path("k"), CurveKey::generate()));
  for (const mode_t mode : {0640u, 0604u, 0620u, 0644u, 0666u}) {
    chmod(path("k").c_str(), mode);
    const auto read = read_curve_key(path("k"));
    ASSERT_FALSE(read) << std::oct << mode;
    EXPECT_NE(read.error().what.find("chmod 600"), std::string::npos);
  }
  chmod(path("k").c_str(), 0400);
  EXPECT_TRUE(read_curve_key(path("k")));
}

TEST_F(KeyFile, LinksFoldersAndMissingFilesAreNamed) {
  ASSERT_TRUE(write_key_file(path("k"), CurveKey::generate()));
  ASSERT_EQ(symlink(path("k").c_str(), path("link").c_str()), 0);
  EXPECT_NE(read_key_file(path("link")).error().what.find("symbolic link"), std::string::npos);
  EXPECT_NE(read_key_file(path("none")).error().what.find(path("none")), std::string::npos);
  EXPECT_FALSE(read_key_file(folder_.path()));
}

TEST_F(KeyFile, WrongLinesAreRefusedWithoutShowingTheKey) {
  const std::string good = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
  ASSERT_TRUE(read_key_file(put("good", "steelyard-key:v1:ed25519:" + good)));
  const std::string bad[] = {"",
                             "\n",
                             good,
                             "steelyard-key:v2:ed25519:" + good,
                             "steelyard-key:v1:rsa:" + good,
                             "steelyard-key:v1:ed25519",
                             "steelyard-key:v1:ed25519:" + good.substr(4),
                             "steelyard-key:v1:ed25519:" + good + "\nmore\n",
                             "steelyard-key:v1:ed25519:" + good + std::string(300, 'A')};
  int n = 0;
  for (const auto& text : bad) {
    const auto read = read_key_file(put("bad" + std::to_string(n++), text));
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().what.find("AQEBAQEB"), std::string::npos) << read.error().what;
  }
}

TEST_F(KeyFile, AKeyOfAnotherUseIsRefused) {
  ASSERT_TRUE(write_key_file(path("curve"), CurveKey::generate()));
  ASSERT_TRUE(write_key_file(path("sign"), SigningKey::generate(suite(SuiteId::kStandard))));
  EXPECT_FALSE(read_signing_key(path("curve")));
  EXPECT_FALSE(read_opening_key(path("curve")));
  EXPECT_FALSE(read_opening_key(path("sign")));
  EXPECT_FALSE(read_curve_key(path("sign")));
}

}  // namespace
}  // namespace steelyard::crypto
