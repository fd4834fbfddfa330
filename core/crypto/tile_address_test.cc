#include "core/crypto/tile_address.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

TEST(TileAddress, IsReadAsWritten) {
  for (const auto& [text, address] :
       {std::pair<std::string, TileAddress>{"tile/0/000", {false, {0, 0, 256}}},
        {"tile/0/x001/x234/067", {false, {0, 1'234'067, 256}}},
        {"tile/63/999.p/1", {false, {63, 999, 1}}},
        {"tile/1/x001/000.p/255", {false, {1, 1'000, 255}}},
        {"tile/entries/000", {true, {0, 0, 256}}},
        {"tile/entries/x123/456.p/7", {true, {0, 123'456, 7}}},
        {"tile/0/x018/x446/x744/x073/x709/x551/615", {false, {0, ~std::uint64_t{0}, 256}}}}) {
    const auto read = tile_address_from_text(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(*read, address) << text;
    EXPECT_EQ(to_text(address), text);
  }
}

TEST(TileAddress, ATileHasOneAddress) {
  for (const char* bad : {"",
                          "tile",
                          "tile/",
                          "tile/0",
                          "tile/0/",
                          "tile/0/0",
                          "tile/0/00",
                          "tile/0/0000",
                          "tile/00/000",
                          "tile/64/000",
                          "tile/-1/000",
                          "tile/0/x000/000",
                          "tile/0/001/000",
                          "tile/0/x001",
                          "tile/0/x001/x000",
                          "tile/0/000.p/0",
                          "tile/0/000.p/256",
                          "tile/0/000.p/01",
                          "tile/0/000.p/",
                          "tile/0/000.p",
                          "tile/0/000.p/1/2",
                          "/tile/0/000",
                          "tile/0/000/",
                          "tile/0//000",
                          "tile/entries/",
                          "tile/entries/0/000",
                          "tile/entries/000.p/256",
                          "tile/0/000?x=1",
                          "tile/0/x018/x446/x744/x073/x709/x551/616",
                          "tile/0/../000",
                          "tile/data/000",
                          "tile/0/ 00",
                          "tile/0/0x0"})
    EXPECT_FALSE(tile_address_from_text(bad)) << bad;
}

}  // namespace
}  // namespace steelyard::crypto
