#include "core/client/identity.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/test_dir.h"
#include "core/crypto/random.h"

namespace steelyard::client {
namespace {

class IdentityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::write_key_file(dir / "message.key", crypto::SigningKey::generate(suite)).has_value());
    ASSERT_TRUE(crypto::write_key_file(dir / "cosign.key", crypto::SigningKey::generate(suite)).has_value());
    ASSERT_TRUE(crypto::write_key_file(dir / "transport.key", crypto::CurveKey::generate()).has_value());
  }
  Result<Identity> read(const std::string& text) {
    std::ofstream(dir / "member.toml") << text;
    return read_identity_file(dir / "member.toml");
  }
  std::string good() const {
    return "member = \"tax\"\nendpoint = \"tcp://127.0.0.1:7401\"\nbroker_key = \"" +
           crypto::to_text(broker.public_key()) + "\"\ngenesis = \"" + to_hex(genesis.view()) +
           "\"\nmessage_key = \"message.key\"\ntransport_key = \"transport.key\"\ncosign_key = \"cosign.key\"\n";
  }

  const crypto::Suite& suite = crypto::suite(crypto::SuiteId::kStandard);
  TestDir dir;
  crypto::CurveKey broker = crypto::CurveKey::generate();
  Digest genesis = crypto::random<Digest>();
};

TEST_F(IdentityTest, ReadsKeysAndPins) {
  const auto identity = read(good());
  ASSERT_TRUE(identity.has_value()) << identity.error().what;
  EXPECT_EQ(identity->member, MemberId("tax"));
  EXPECT_EQ(identity->broker_key, broker.public_key().octets);
  EXPECT_EQ(identity->genesis, genesis);
  EXPECT_TRUE(identity->cosign_key.has_value());
  EXPECT_FALSE(identity->seal_key.has_value());
  EXPECT_EQ(identity->state_dir, dir / "state");
}

TEST_F(IdentityTest, NamesFileAndKeyOfWhatIsWrong) {
  const auto wrong = [&](const std::string& from, const std::string& to, const std::string& named) {
    std::string text = good();
    text.replace(text.find(from), from.size(), to);
    const auto identity = read(text);
    ASSERT_FALSE(identity.has_value()) << to;
    EXPECT_NE(identity.error().what.find("member.toml"), std::string::npos) << identity.error().what;
    EXPECT_NE(identity.error().what.find(named), std::string::npos) << identity.error().what;
  };
  wrong("tcp://", "http://", "endpoint");
  wrong("curve:", "ed25519:", "broker_key");
  wrong(to_hex(genesis.view()), "beef", "genesis");
  wrong("\"tax\"", "\"Tax Office\"", "member");
  wrong("\"message.key\"", "\"none.key\"", "message_key");
  wrong("cosign_key", "cosin_key", "cosin_key");
}

TEST_F(IdentityTest, AKeyOfAnotherUseIsRefused) {
  std::string text = good();
  text.replace(text.find("\"transport.key\""), 15, "\"message.key\"");
  EXPECT_FALSE(read(text).has_value());
}

}  // namespace
}  // namespace steelyard::client
