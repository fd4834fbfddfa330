// Where a program's operators read its pages: the keys `operators` and `[operators_tls]` of broker.toml, adapter.toml.
//
// Everybody on this machine may read the pages of a loopback address; any other needs mutual TLS.
// Threads: pure. Errors: config, with file:line:column. Format: docs/configuration.md.
#pragma once

#include "core/config/config.h"
#include "core/http/server.h"

namespace steelyard::service {

// An empty address: there are no pages.
Result<http::ServerOptions> read_operators(const config::Table& table);

}  // namespace steelyard::service
