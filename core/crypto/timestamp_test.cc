#include "core/crypto/timestamp.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/base/test_dir.h"
#include "core/crypto/test_authority.h"

namespace steelyard::crypto {
namespace {

class Stamps : public testing::Test {
 protected:
  Bytes stamp(const StampQuery& query) const { return authority.stamp(query.der()); }

  TestDir dir;
  const TestAuthority authority{dir.path(), "tsa"};
  const TestAuthority stranger{dir.path(), "other"};
  const std::string note = "log.example\n1\nroot\n\nsignature\n";
};

TEST_F(Stamps, AnAnswerToOurQueryHoldsAndSoDoesItsKeptStamp) {
  const auto query = StampQuery::about(as_bytes(note));
  ASSERT_TRUE(query) << query.error().what;
  const Bytes answer = stamp(*query);
  const Instant now = SystemClock().wall();
  const auto time = check_stamp(answer, *query, authority.ca());
  ASSERT_TRUE(time) << time.error().what;
  EXPECT_LT(now.us - time->us, seconds(60).us);
  EXPECT_LT(time->us - now.us, seconds(60).us);
  const auto kept = verify_stamp(answer, as_bytes(note), authority.ca());
  ASSERT_TRUE(kept) << kept.error().what;
  EXPECT_EQ(*kept, *time);
}

// The program that everybody has says so too.
TEST_F(Stamps, OpensslVerifiesWhatWeKeep) {
  const auto query = StampQuery::about(as_bytes(note));
  const Bytes answer = stamp(*query);
  std::ofstream(dir / "note", std::ios::binary) << note;
  std::ofstream(dir / "stamp", std::ios::binary) << as_text(answer);
  authority.run("ts -verify -data " + (dir / "note") + " -in " + (dir / "stamp") + " -CAfile " + authority.ca());
}

TEST_F(Stamps, AnotherTextNonceOrAuthorityIsRefused) {
  const auto query = StampQuery::about(as_bytes(note));
  const auto again = StampQuery::about(as_bytes(note));
  const auto other = StampQuery::about(as_bytes("another"));
  ASSERT_TRUE(query && again && other);
  const Bytes answer = stamp(*query);
  ASSERT_TRUE(check_stamp(answer, *query, authority.ca()));
  EXPECT_FALSE(check_stamp(answer, *again, authority.ca())) << "an older stamp";
  EXPECT_FALSE(check_stamp(answer, *other, authority.ca()));
  EXPECT_FALSE(check_stamp(answer, *query, stranger.ca()));
  EXPECT_FALSE(check_stamp(answer, *query, dir / "tsa.cnf")) << "no certificate";
  EXPECT_FALSE(check_stamp(answer, *query, dir / "gone.pem"));
  EXPECT_FALSE(check_stamp(stranger.stamp(query->der()), *query, authority.ca()));
  EXPECT_FALSE(verify_stamp(answer, as_bytes(note + " "), authority.ca()));
  EXPECT_FALSE(verify_stamp(answer, as_bytes(note), stranger.ca()));
}

TEST_F(Stamps, DamagedOctetsAreRefused) {
  const auto query = StampQuery::about(as_bytes(note));
  const Bytes good = stamp(*query);
  ASSERT_TRUE(verify_stamp(good, as_bytes(note), authority.ca()));
  for (std::size_t size = 0; size < good.size(); size += 7)
    EXPECT_FALSE(verify_stamp(ByteView(good).first(size), as_bytes(note), authority.ca())) << "cut at " << size;
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(verify_stamp(longer, as_bytes(note), authority.ca()));
}

}  // namespace
}  // namespace steelyard::crypto
