#include "core/exchange/entry.h"

#include "core/exchange/exchange_test_values.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using testing::filled;

EntryBody known_entry() {
  EntryBody body;
  body.kind = schemas::EntryKind::kRequest;
  body.verdict = 0x0102;
  body.digest = filled<Digest>(0x10);
  body.id = filled<ExchangeId>(0x40);
  body.member = LogIndex(0x010203040506);
  body.peer = LogIndex(2);
  body.application = LogIndex(3);
  body.dataset = LogIndex(4);
  body.purpose = LogIndex(5);
  body.agreement = kNoIndex;
  body.returned.add(0);
  body.returned.add(255);
  body.tested.add(9);
  body.terms = filled<Digest>(0x80);
  body.epoch = LogIndex(7);
  body.time = Instant{1'700'000'000'000'001};
  body.related = LogIndex(8);
  body.count = 1'000;
  body.operator_present = true;
  body.strict = true;
  body.action = schemas::Action::kSubscribe;
  return body;
}

TEST(Entry, HasTheDocumentedOctets) {
  const auto octets = encode(known_entry());
  const std::string zeros(60, '0');
  EXPECT_EQ(to_hex(octets),
            "01020201"                                                                  // version, kind, verdict
            "101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"          // digest
            "404142434445464748494a4b4c4d4e4f"                                          // id
            "060504030201020000000000030000000000040000000000050000000000ffffffffffff"  // numbers
            "01" +
                zeros + "80" + "0002" + zeros +                                     // returned, tested
                "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"  // terms
                "070000000000"                                                      // epoch
                "01401e18240a0600"                                                  // time
                "080000000000"                                                      // related
                "e8030000"                                                          // count
                "55");                                                              // operator, strict, subscribe
}

TEST(Entry, ReadsBackAsItWasWritten) {
  const auto decoded = decode_entry(encode(known_entry()));
  ASSERT_TRUE(decoded) << decoded.error().what;
  EXPECT_EQ(*decoded, known_entry());
  EntryBody other;
  other.kind = schemas::EntryKind::kRejections;
  other.case_present = true;
  other.time = Instant{-1};
  EXPECT_EQ(*decode_entry(encode(other)), other);
}

TEST(Entry, EveryOctetSaysSomethingOrIsRefused) {
  const auto known = encode(known_entry());
  for (std::size_t bit = 0; bit < known.size() * 8; ++bit) {
    auto octets = known;
    octets[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    const auto decoded = decode_entry(octets);
    if (decoded) {
      EXPECT_NE(*decoded, known_entry()) << bit;
      EXPECT_EQ(encode(*decoded), octets) << bit;
    } else {
      EXPECT_EQ(decoded.error().code, schemas::code::malformed);
      EXPECT_TRUE(bit / 8 < 2 || bit / 8 == 208) << bit;
    }
  }
}

TEST(Entry, OtherLengthsVersionsKindsAndActionsAreRefused) {
  const auto known = encode(known_entry());
  EXPECT_FALSE(decode_entry(ByteView(known).first(208)));
  EXPECT_FALSE(decode_entry({}));
  Bytes longer(known.begin(), known.end());
  longer.push_back(0);
  EXPECT_FALSE(decode_entry(longer));
  const auto with = [&](std::size_t at, std::uint8_t value) {
    auto octets = known;
    octets[at] = value;
    return decode_entry(octets).has_value();
  };
  EXPECT_FALSE(with(0, 2));
  EXPECT_FALSE(with(1, 0));
  EXPECT_FALSE(with(1, 9));
  EXPECT_TRUE(with(1, 8));
  EXPECT_FALSE(with(208, 0x05));
  EXPECT_FALSE(with(208, 0x60));
  EXPECT_FALSE(with(208, 0x18));
  EXPECT_TRUE(with(208, 0x10));
}

TEST(FieldSet, IsWithinItsSupersetsOnly) {
  FieldSet small;
  small.add(3);
  small.add(200);
  FieldSet large = small;
  large.add(0);
  EXPECT_TRUE(small.within(large));
  EXPECT_FALSE(large.within(small));
  EXPECT_TRUE(FieldSet{}.within(small));
  EXPECT_TRUE(small.has(200));
  EXPECT_FALSE(small.has(201));
}

}  // namespace
}  // namespace steelyard::exchange
