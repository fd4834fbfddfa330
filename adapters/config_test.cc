#include "adapters/config.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "core/base/test_dir.h"
#include "core/crypto/key_file.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

class AdapterConfig : public testing::Test {
 protected:
  AdapterConfig() {
    const auto& suite = crypto::suite(crypto::SuiteId::kStandard);
    EXPECT_TRUE(crypto::write_key_file(dir_ / "message.key", crypto::SigningKey::generate(suite)));
    EXPECT_TRUE(crypto::write_key_file(dir_ / "seal.key", crypto::OpeningKey::generate(suite)));
    EXPECT_TRUE(crypto::write_key_file(dir_ / "transport.key", crypto::CurveKey::generate()));
    write("household.toml", map("civil-affairs/household"));
  }
  void write(const std::string& name, const std::string& text) { std::ofstream(dir_ / name) << text; }
  static std::string map(const std::string& dataset) {
    return "[dataset]\nid = \"" + dataset +
           "\"\n[source]\nkind = \"memory\"\nrows = 3\nseed = 1\nrow_bytes = \"64B\"\nkey = \"id\"\n"
           "[[field]]\nname = \"id\"\ntype = \"string\"\n";
  }
  Result<Config> read(const std::string& more) {
    write("adapter.toml", "member = \"civil-affairs\"\nendpoint = \"tcp://127.0.0.1:7401\"\nbroker_key = \"" +
                              crypto::to_text(crypto::CurveKey::generate().public_key()) + "\"\ngenesis = \"" +
                              std::string(64, 'a') +
                              "\"\nmessage_key = \"message.key\"\ntransport_key = \"transport.key\"\n"
                              "seal_key = \"seal.key\"\nstate = \"state\"\n" +
                              more);
    return read_config(dir_ / "adapter.toml");
  }
  void expect_refused(const std::string& more, const std::string& said) {
    const auto config = read(more);
    ASSERT_FALSE(config);
    EXPECT_EQ(config.error().kind, ErrorKind::kFix);
    EXPECT_NE(config.error().what.find(said), std::string::npos) << config.error().what;
  }

  TestDir dir_;
};

TEST_F(AdapterConfig, MapsAreNamedInOneListOrOneByOne) {
  for (const std::string more : {"maps = [\"household.toml\"]\n", "[[dataset]]\nmap = \"household.toml\"\n"}) {
    const auto config = read(more);
    ASSERT_TRUE(config) << config.error().what;
    ASSERT_EQ(config->maps.size(), 1u);
    EXPECT_EQ(config->maps[0].dataset, DatasetId("civil-affairs/household"));
    EXPECT_EQ(config->log_level, LogLevel::kInfo);
    EXPECT_TRUE(config->prove);
  }
}

TEST_F(AdapterConfig, SaysHowManyAttemptsADayTellsOfOneRecord) {
  const std::string maps = "maps = [\"household.toml\"]\n";
  EXPECT_EQ(read(maps)->verify_attempts_per_day, 50u);
  EXPECT_EQ(read("verify_attempts_per_day = 0\n" + maps)->verify_attempts_per_day, 0u);
  expect_refused("verify_attempts_per_day = 1000001\n" + maps, "verify_attempts_per_day");
}

TEST_F(AdapterConfig, ApplicationsAskOnThisMachineAlone) {
  write("tokens.toml", "");
  const std::string path = dir_ / "tokens.toml";
  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  const auto alone = read("[applications]\ntokens = \"tokens.toml\"\n");
  ASSERT_TRUE(alone) << alone.error().what;
  EXPECT_TRUE(alone->maps.empty()) << "a department may use without providing";
  EXPECT_EQ(alone->applications.listen, "127.0.0.1:7404");
  EXPECT_EQ(alone->applications.tokens, path);
  const auto local = read("[applications]\nlisten = \"unix:app.sock\"\ntokens = \"tokens.toml\"\n");
  ASSERT_TRUE(local) << local.error().what;
  EXPECT_EQ(local->applications.listen, "unix:" + (dir_ / "app.sock"));
  for (const char* listen : {"0.0.0.0:7404", "10.0.0.1:7404", "localhost:7404", "unix:", "7404"})
    expect_refused(std::string("[applications]\ntokens = \"tokens.toml\"\nlisten = \"") + listen + "\"\n",
                   "applications.listen");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  expect_refused("[applications]\ntokens = \"tokens.toml\"\n", "chmod 600");
  expect_refused("[applications]\nlisten = \"127.0.0.1:7404\"\n", "tokens");
}

TEST_F(AdapterConfig, WhatDoesNotFitIsNamed) {
  write("other.toml", map("tax/income"));
  expect_refused("", "no dataset");
  expect_refused("maps = [\"other.toml\"]\n", "`tax/income` is not one of `civil-affairs`");
  expect_refused("maps = [\"household.toml\", \"household.toml\"]\n", "two maps");
  expect_refused("maps = [\"household.toml\"]\nmapz = 1\n", "unknown key `mapz`");
  expect_refused("maps = [\"missing.toml\"]\n", "missing.toml");
  expect_refused("maps = [\"household.toml\"]\nlog_level = \"loud\"\n", "log_level");
}

TEST_F(AdapterConfig, PagesAreOnLoopbackUnlessTheirReadersShowACertificate) {
  const std::string maps = "maps = [\"household.toml\"]\n";
  const auto without = read(maps);
  ASSERT_TRUE(without) << without.error().what;
  EXPECT_EQ(without->operators.address, "");
  const auto loopback = read(maps + "operators = \"127.0.0.1:7403\"\n");
  ASSERT_TRUE(loopback) << loopback.error().what;
  EXPECT_EQ(loopback->operators.address, "127.0.0.1:7403");
  expect_refused(maps + "operators = \"10.1.0.5:7403\"\n", "is no loopback address: add [operators_tls]");
  const auto tls = read(maps +
                        "operators = \"10.1.0.5:7403\"\n[operators_tls]\ncertificate = \"c.pem\"\n"
                        "key = \"seal.key\"\nclient_ca = \"a.pem\"\n");
  ASSERT_TRUE(tls) << tls.error().what;
  EXPECT_EQ(tls->operators.tls.client_ca, dir_ / "a.pem");
}

}  // namespace
}  // namespace steelyard::adapters
