// Config: what `steelyard-adapter --config FILE` reads: who it is (core/client/identity.h), and what it provides.
//
//   maps = ["household.toml"]      # maps of datasets, relative to this file; or, one each,
//   [[dataset]]
//   map = "household.toml"
//   log_level = "info"             # error, warn, info, debug
//   source_timeout = "2s"          # of one read
//   verify_attempts_per_day = 50   # claims of one user about one record
//   prove = true                   # hold each grant's promise until the log's tree proves it
//   operators = "127.0.0.1:7403"   # where operators read its pages; none without (core/service/operators.h)
//   [applications]                 # the department's own systems ask here; without it none do
//   listen = "127.0.0.1:7404"      # a loopback address, or "unix:app.sock", relative to this file
//   tokens = "tokens.toml"         # docs/formats/http.md
//
// Owns: the member's keys. Threads: immutable. Errors: config, with file:line:column; an unknown key is one.
#pragma once

#include <string>
#include <vector>

#include "adapters/dataset_map.h"
#include "core/client/identity.h"
#include "core/http/server.h"

namespace steelyard::adapters {

enum class LogLevel : std::uint8_t { kError, kWarn, kInfo, kDebug };

struct ApplicationsConfig {
  std::string listen;  // empty: there are none
  std::string tokens;
};

struct Config {
  client::Identity identity;
  std::vector<DatasetMap> maps;  // no dataset twice, each the member's own; none where there are applications alone
  LogLevel log_level = LogLevel::kInfo;
  Duration source_timeout = seconds(2);
  std::uint64_t verify_attempts_per_day = 50;
  bool prove = true;
  http::ServerOptions operators;  // an empty address: there are no pages
  ApplicationsConfig applications;
};

Result<Config> read_config(const std::string& path);

}  // namespace steelyard::adapters
