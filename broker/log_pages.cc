#include "broker/log_pages.h"

#include <spdlog/spdlog.h>

#include "core/base/plain_text.h"
#include "core/crypto/tile_address.h"

namespace steelyard::broker {
namespace {

constexpr std::string_view kCheckpoint = "/checkpoint";
// A tile of one address never changes; a checkpoint is overtaken within a second.
constexpr const char* kForGood = "public, max-age=31536000, immutable";
constexpr const char* kNotForLong = "no-cache";

http::Response nothing(int status, const char* what) { return {status, "text/plain; charset=utf-8", what, {}}; }

}  // namespace

http::Response LogPages::page(std::string_view path) const {
  const auto newest = newest_->get();
  if (newest == nullptr) return nothing(503, "no checkpoint is signed yet\n");
  if (path == kCheckpoint) return {200, "text/plain; charset=utf-8", newest->note, {{"Cache-Control", kNotForLong}}};
  const auto asked = path.starts_with('/') ? crypto::tile_address_from_text(path.substr(1)) : fail(ErrorKind::kFix, "");
  if (!asked) return nothing(404, "there is no such page here\n");
  const crypto::TileId& tile = asked->tile;
  if (tile.width > crypto::tile_width(tile.level, tile.index, newest->size))
    return nothing(404, "the newest checkpoint has no such tile\n");
  auto octets = asked->entries ? entries(tile) : hashes(tile);
  if (!octets) {
    spdlog::error("public tile unreadable tile={} why={}", crypto::to_text(*asked), quoted(octets.error().what));
    return nothing(503, "this tile cannot be read now\n");
  }
  return {200, "application/octet-stream", std::move(*octets), {{"Cache-Control", kForGood}}};
}

void LogPages::answer(const http::Request& request, const http::Reply& reply) const {
  reply.send(request.method == "GET" ? page(request.path) : http::problem_of(405));
}

Result<std::string> LogPages::hashes(const crypto::TileId& tile) const {
  TRY_ASSIGN(const auto digests, store_->tile(tile.level, tile.index, tile.width));
  std::string octets;
  octets.reserve(digests.size() * Digest::kSize);
  for (const Digest& digest : digests) octets += as_text(digest.view());
  return octets;
}

// Each entry behind its length, big-endian: 32 octets of commitment.
Result<std::string> LogPages::entries(const crypto::TileId& tile) const {
  TRY_ASSIGN(const auto stored, store_->entries(LogIndex(tile.index * crypto::kTileWidth), tile.width));
  if (stored.size() != tile.width) return fail(ErrorKind::kStop, "entries are missing");
  Bytes octets;
  octets.reserve(stored.size() * (2 + Commitment::kSize));
  for (const provenance::StoredEntry& entry : stored) {
    put_be(octets, static_cast<std::uint16_t>(Commitment::kSize));
    append(octets, entry.commitment.view());
  }
  return std::string(as_text(octets));
}

}  // namespace steelyard::broker
