#include "cli/log_over_http.h"

#include "core/base/limits.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr Duration kPatience = seconds(10);

}  // namespace

Result<std::string> LogOverHttp::checkpoint() const { return page("/checkpoint", limits::kNoteBytesMax); }

Result<std::vector<Digest>> LogOverHttp::tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) {
  const crypto::TileId id{level, index, width};
  TRY_ASSIGN(const std::string octets, page("/" + crypto::tile_path(id), crypto::kTileWidth * Digest::kSize));
  std::vector<Digest> digests;
  for (std::size_t at = 0; at < octets.size(); at += Digest::kSize) {
    TRY_ASSIGN(digests.emplace_back(), Digest::from(as_bytes(std::string_view(octets).substr(at, Digest::kSize))));
  }
  return digests;
}

Result<std::string> LogOverHttp::page(const std::string& path, std::size_t bytes_max) const {
  auto answer = http::fetch(url_, path, kPatience, bytes_max);
  if (!answer) return fail(schemas::error_of(schemas::code::broker_away, answer.error().what));
  if (answer->status != 200)
    return fail(schemas::error_of(schemas::code::broker_away, "http://" + url_.named + url_.path + path + " says " +
                                                                  std::to_string(answer->status)));
  return std::move(answer->body);
}

}  // namespace steelyard::cli
