#include "cli/folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "core/base/test_dir.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

class Folders : public ::testing::Test {
 protected:
  std::string at(const std::string& name) const { return join(dir_, name); }

  const crypto::Suite& suite_ = crypto::suite(crypto::SuiteId::kStandard);
  const MemberId tax_{"tax"};
  const TestDir folder_;
  const std::string dir_ = folder_.path();
};

TEST_F(Folders, AnAdapterNeverGetsAnOfficeKey) {
  ASSERT_TRUE(make_keys(at("adapter"), FolderSort::kAdapter, tax_, suite_).has_value());
  EXPECT_FALSE(*store::exists(at("adapter/office.key")));
  EXPECT_TRUE(*store::exists(at("adapter/seal.key")));
  EXPECT_FALSE(read_office(at("adapter")).has_value());
}

TEST_F(Folders, PrivateKeysAreForTheirOwnerAlone) {
  ASSERT_TRUE(make_keys(at("office"), FolderSort::kOffice, tax_, suite_).has_value());
  struct stat info {};
  for (const char* name : {"office/office.key", "office/message.key", "office/transport.key"}) {
    ASSERT_EQ(::stat(at(name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(Folders, PublicKeysComeBackAsTheyWereMade) {
  const auto made = make_keys(at("office"), FolderSort::kOffice, tax_, suite_);
  ASSERT_TRUE(made.has_value());
  for (const char* path : {"office", "office/public.json"}) {
    const auto read = read_public_keys(at(path));
    ASSERT_TRUE(read.has_value()) << read.error().what;
    EXPECT_EQ(read->member, tax_);
    EXPECT_EQ(read->keys, made->keys);
  }
}

TEST_F(Folders, NothingIsOverwritten) {
  ASSERT_TRUE(make_keys(at("office"), FolderSort::kOffice, tax_, suite_).has_value());
  const auto before = store::read_file(at("office/office.key"), 1024);
  EXPECT_FALSE(make_keys(at("office"), FolderSort::kOffice, tax_, suite_).has_value());
  EXPECT_EQ(*store::read_file(at("office/office.key"), 1024), *before);
}

TEST_F(Folders, BindingMakesAnIdentityThatReads) {
  const auto broker = crypto::CurveKey::generate();
  const auto log = crypto::SigningKey::generate(suite_);
  NetworkFile network{"log.example", Digest{}, 1, "tcp://127.0.0.1:7401", broker.public_key(), log.public_key()};
  network.genesis.octets[0] = 7;
  ASSERT_TRUE(write_text(at("network.json"), network_text(network)).has_value());
  const auto back = read_network(at("network.json"));
  ASSERT_TRUE(back.has_value()) << back.error().what;
  EXPECT_EQ(back->genesis, network.genesis);
  EXPECT_EQ(back->log_key, network.log_key);
  ASSERT_TRUE(make_keys(at("adapter"), FolderSort::kAdapter, tax_, suite_).has_value());
  const auto text = identity_text(at("adapter"), tax_, *back);
  ASSERT_TRUE(text.has_value());
  ASSERT_TRUE(write_text(at("adapter/identity.toml"), *text, 0600).has_value());
  const auto identity = read_home(at("adapter"));
  ASSERT_TRUE(identity.has_value()) << identity.error().what;
  EXPECT_EQ(identity->member, tax_);
  EXPECT_EQ(identity->genesis, network.genesis);
  EXPECT_TRUE(identity->seal_key.has_value());
  EXPECT_TRUE(identity->cosign_key.has_value());
}

TEST_F(Folders, AnUnboundFolderSaysWhatToDo) {
  const auto identity = read_home(at("nowhere"));
  ASSERT_FALSE(identity.has_value());
  EXPECT_NE(identity.error().what.find("keys bind"), std::string::npos);
}

TEST_F(Folders, BrokenFilesAreNamed) {
  ASSERT_TRUE(write_text(at("public.json"), "{\"format\": \"steelyard-public-keys/v1\", \"member\": \"tax\"}"));
  const auto read = read_public_keys(at("public.json"));
  ASSERT_FALSE(read.has_value());
  EXPECT_NE(read.error().what.find("public.json"), std::string::npos);
  EXPECT_NE(read.error().what.find("`keys`"), std::string::npos) << read.error().what;
}

}  // namespace
}  // namespace steelyard::cli
