// LogOverHttp: a log as its public pages show it (C2SP tlog-tiles): its newest checkpoint, and tiles for proofs.
//
// Nothing that comes is believed: the checkpoint is held to the log's key, proofs to the checkpoint, by the caller.
// Owns: nothing that lasts. Threads: one. Errors: broker_away where a page cannot be had.
// Format: docs/formats/checkpoint.md, Pages
#pragma once

#include <string>
#include <vector>

#include "core/crypto/tiles.h"
#include "core/http/post.h"

namespace steelyard::cli {

class LogOverHttp final : public crypto::TileReader {
 public:
  explicit LogOverHttp(http::Url url) : url_(std::move(url)) {}

  Result<std::string> checkpoint() const;
  Result<std::vector<Digest>> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) override;

 private:
  Result<std::string> page(const std::string& path, std::size_t bytes_max) const;

  http::Url url_;
};

}  // namespace steelyard::cli
