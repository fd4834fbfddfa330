#include "core/crypto/tile_address.h"

#include <charconv>

namespace steelyard::crypto {
namespace {

constexpr std::string_view kTile = "tile/";
constexpr std::string_view kEntries = "entries/";
constexpr std::string_view kPartial = ".p/";
constexpr std::size_t kPathMax = 64;     // seven groups of three digits number 2^64 tiles
constexpr std::uint64_t kLevelMax = 63;  // of C2SP tlog-tiles

bool read_number(std::string_view text, std::uint64_t& to) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end == text.data() + text.size();
}

// "x001/x234/067" as 1234067. What is not written so is found out by writing it again.
bool read_index(std::string_view text, std::uint64_t& to) {
  std::string digits;
  for (const char c : text)
    if (c != 'x' && c != '/') digits += c;
  return read_number(digits, to);
}

}  // namespace

std::string to_text(const TileAddress& address) {
  std::string path = tile_path(address.tile);
  if (address.entries) path.replace(kTile.size(), 2, kEntries);  // in place of "0/"
  return path;
}

Result<TileAddress> tile_address_from_text(std::string_view path) {
  const auto wrong = [] { return fail(ErrorKind::kFix, "no address of a tile"); };
  if (path.size() > kPathMax || !path.starts_with(kTile)) return wrong();
  std::string_view rest = path.substr(kTile.size());
  TileAddress address;
  address.entries = rest.starts_with(kEntries);
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos) return wrong();
  std::uint64_t level = 0, width = kTileWidth;
  if (!address.entries && (!read_number(rest.substr(0, slash), level) || level > kLevelMax)) return wrong();
  rest.remove_prefix(slash + 1);
  if (const std::size_t dot = rest.find(kPartial); dot != std::string_view::npos) {
    if (!read_number(rest.substr(dot + kPartial.size()), width) || width == 0 || width >= kTileWidth) return wrong();
    rest = rest.substr(0, dot);
  }
  if (!read_index(rest, address.tile.index)) return wrong();
  address.tile.level = static_cast<std::uint8_t>(level);
  address.tile.width = static_cast<std::uint16_t>(width);
  if (to_text(address) != path) return wrong();
  return address;
}

}  // namespace steelyard::crypto
