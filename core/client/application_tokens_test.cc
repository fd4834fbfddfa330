#include "core/client/application_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/base/test_dir.h"
#include "core/store/durable_file.h"

namespace steelyard::client {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Instant kNow{1'800'000'000'000'000};

struct File {
  TestDir dir;
  std::string path = dir / "tokens.toml";

  std::string add(const char* application, const std::optional<Instant>& expires = {}) const {
    auto token = add_token(path, ApplicationId(application), expires);
    EXPECT_TRUE(token.has_value()) << token.error().what;
    return token.value_or("");
  }
  std::string text() const { return std::string(as_text(*store::read_file(path, 1 << 20))); }
  ApplicationTokens open() const {
    auto opened = ApplicationTokens::open(path);
    EXPECT_TRUE(opened.has_value()) << opened.error().what;
    return std::move(*opened);
  }
};

TEST(ApplicationTokens, TellWhichApplicationShowsOne) {
  const File file;
  const std::string first = file.add("tax-relief"), second = file.add("audit"), third = file.add("tax-relief");
  const auto tokens = file.open();
  EXPECT_EQ(tokens.application_of(first, kNow), ApplicationId("tax-relief"));
  EXPECT_EQ(tokens.application_of(second, kNow), ApplicationId("audit"));
  EXPECT_EQ(tokens.application_of(third, kNow), ApplicationId("tax-relief"))
      << "two at once, while one replaces the other";
  EXPECT_EQ(tokens.application_of("", kNow), std::nullopt);
  EXPECT_EQ(tokens.application_of(first + "0", kNow), std::nullopt);
}

TEST(ApplicationTokens, StandInTheFileAsHashesAlone) {
  const File file;
  const std::string token = file.add("tax-relief");
  EXPECT_THAT(token, StartsWith("steelyard_"));
  EXPECT_EQ(token.size(), 10U + 64U);
  EXPECT_THAT(file.text(), Not(HasSubstr(token.substr(10))));
  struct stat made {};
  ASSERT_EQ(stat(file.path.c_str(), &made), 0);
  EXPECT_EQ(made.st_mode & 0777, 0600U);
}

TEST(ApplicationTokens, KeepWhatElseStoodInTheFile) {
  const File file;
  ASSERT_TRUE(store::write_file_durably(file.path, as_bytes("# who has which: ask Li\n"), 0600));
  file.add("tax-relief");
  EXPECT_THAT(file.text(), StartsWith("# who has which: ask Li\n\n[[token]]\n"));
}

TEST(ApplicationTokens, ExpireAtTheirTime) {
  const File file;
  const std::string token = file.add("tax-relief", kNow);
  const auto tokens = file.open();
  EXPECT_TRUE(tokens.application_of(token, kNow - seconds(1)));
  EXPECT_FALSE(tokens.application_of(token, kNow));
}

TEST(ApplicationTokens, OfAFileThatOthersMayReadAreNone) {
  const File file;
  const std::string token = file.add("tax-relief");
  auto tokens = file.open();
  ASSERT_EQ(chmod(file.path.c_str(), 0640), 0);
  EXPECT_FALSE(ApplicationTokens::open(file.path).has_value());
  EXPECT_FALSE(tokens.look(seconds(1)));
  EXPECT_FALSE(tokens.application_of(token, kNow));
  EXPECT_TRUE(tokens.look(seconds(3))) << "told twice";
  ASSERT_EQ(chmod(file.path.c_str(), 0600), 0);
  EXPECT_TRUE(tokens.look(seconds(5)));
  EXPECT_TRUE(tokens.application_of(token, kNow));
}

TEST(ApplicationTokens, AreReadAnewWithinASecondOfAChange) {
  const File file;
  const std::string first = file.add("tax-relief");
  auto tokens = file.open();
  ASSERT_TRUE(tokens.look(seconds(1)));
  const std::string second = file.add("audit");
  ASSERT_TRUE(tokens.look(milliseconds(1500)));
  EXPECT_FALSE(tokens.application_of(second, kNow));
  ASSERT_TRUE(tokens.look(seconds(2)));
  EXPECT_TRUE(tokens.application_of(second, kNow));
  ASSERT_TRUE(store::write_file_durably(file.path, as_bytes(""), 0600));
  ASSERT_TRUE(tokens.look(seconds(4)));
  EXPECT_FALSE(tokens.application_of(first, kNow)) << "taken out, and still let in";
}

TEST(ApplicationTokens, OfAFileWithAnythingElseInItAreNone) {
  for (const char* text : {"[[token]]\napplication = \"a\"\n", "[[token]]\nsha256 = \"00\"\napplication = \"a\"\n",
                           "[[token]]\napplication = \"A B\"\nsha256 = \"\"\n", "tokens = 1\n", "[[token]\n"})
    EXPECT_FALSE(parse_tokens(text, "tokens.toml").has_value()) << text;
  EXPECT_FALSE(ApplicationTokens::open("/nowhere/tokens.toml").has_value());
}

}  // namespace
}  // namespace steelyard::client
