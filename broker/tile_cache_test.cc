#include "broker/tile_cache.h"

#include <gtest/gtest.h>

namespace steelyard::broker {
namespace {

schemas::TileRequest asked_for(std::uint64_t index, std::uint16_t width = crypto::kTileWidth) {
  schemas::TileRequest asked;
  asked.index = index;
  asked.width = width;
  return asked;
}

schemas::Tile tile_of(std::uint64_t index, std::uint16_t width = crypto::kTileWidth) {
  schemas::Tile tile;
  tile.index = index;
  tile.width = width;
  tile.hashes.resize(width);
  tile.hashes[0].octets[0] = static_cast<std::uint8_t>(index);
  return tile;
}

TEST(TileCache, GivesTheTileThatWasKeptAndNoOther) {
  TileCache cache;
  cache.keep(tile_of(1));
  cache.keep(tile_of(2));
  ASSERT_NE(cache.find(asked_for(2)), nullptr);
  EXPECT_EQ(cache.find(asked_for(2))->front().octets[0], 2);
  EXPECT_EQ(cache.find(asked_for(3)), nullptr);
  schemas::TileRequest above = asked_for(2);
  above.level = 1;
  EXPECT_EQ(cache.find(above), nullptr);
  EXPECT_EQ(cache.find(asked_for(2, 9)), nullptr) << "of an earlier checkpoint";
}

// The last tile of a level grows: what it held at one checkpoint is not what it holds at the next.
TEST(TileCache, DoesNotKeepATileThatIsNotFull) {
  TileCache cache;
  cache.keep(tile_of(1, 9));
  EXPECT_EQ(cache.find(asked_for(1, 9)), nullptr);
}

TEST(TileCache, ForgetsTheOldestFirst) {
  TileCache cache;
  for (std::uint64_t index = 0; index < 1'000; ++index) cache.keep(tile_of(index));
  EXPECT_NE(cache.find(asked_for(999)), nullptr);
  EXPECT_EQ(cache.find(asked_for(0)), nullptr);
}

}  // namespace
}  // namespace steelyard::broker
