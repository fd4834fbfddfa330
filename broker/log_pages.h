// LogPages: what anybody may read of the log over HTTP (C2SP tlog-tiles): the newest checkpoint with its cosignatures,
// the hash tiles and the commitments of the entries, up to what is signed. Bodies and salts are not among them.
//
//   /checkpoint           /tile/<level>/<index>[.p/<width>]           /tile/entries/<index>[.p/<width>]
//
// Owns: nothing; store and note outlive it. Threads: any, each call a short read. Errors: 404 for what there is not,
// 503 for what cannot be read; the log of the process says why. Format: docs/formats/checkpoint.md
#pragma once

#include <string_view>

#include "broker/published_note.h"
#include "core/http/request_server.h"
#include "core/http/response.h"
#include "core/provenance/log_store.h"

namespace steelyard::broker {

class LogPages {
 public:
  LogPages(const provenance::LogStore& store, const PublishedNote& newest) : store_(&store), newest_(&newest) {}

  http::Response page(std::string_view path) const;
  void answer(const http::Request& request, const http::Reply& reply) const;  // GET alone

 private:
  Result<std::string> hashes(const crypto::TileId& tile) const;
  Result<std::string> entries(const crypto::TileId& tile) const;

  const provenance::LogStore* store_;
  const PublishedNote* newest_;
};

}  // namespace steelyard::broker
