// Where tiles are asked for (C2SP tlog-tiles): "tile/0/x001/234.p/7", and of entries "tile/entries/x001/234.p/7".
//
// Threads: pure. Errors: parsing refuses whatever formatting would not give back, so that a tile has one address.
// Format: docs/formats/checkpoint.md
#pragma once

#include <string>
#include <string_view>

#include "core/crypto/tiles.h"

namespace steelyard::crypto {

struct TileAddress {
  bool entries = false;  // the entries of a tile of level 0, not its hashes
  TileId tile;           // level 0 where they are entries
  auto operator<=>(const TileAddress&) const = default;
};

std::string to_text(const TileAddress& address);
Result<TileAddress> tile_address_from_text(std::string_view path);

}  // namespace steelyard::crypto
