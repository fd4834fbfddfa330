// Config: broker.toml, read and checked.
//
// Threads: a plain value. Errors: kFix (config), each with file:line:column. Format: docs/configuration.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/stamper.h"
#include "broker/witness_rounds.h"
#include "core/base/limits.h"
#include "core/config/config.h"
#include "core/http/server.h"
#include "core/store/fault_plan.h"

namespace steelyard::broker {

struct Config {
  std::string store;   // folder of the log
  std::string head;    // head file; on another file system where there is one
  std::string index;   // folder of the rebuildable indexes
  std::string listen;  // "tcp://127.0.0.1:7401"; port * takes a free one
  std::string bundle_key;
  std::string log_key;
  std::string transport_key;
  std::uint64_t map_bytes = 0;
  std::string log_level;
  double requests_per_second = limits::kRequestsPerSecond;  // of one member
  http::ServerOptions operators;                            // an empty address: no pages
  std::string public_address;                               // where anybody reads the log; empty: nowhere but there
  std::vector<OutsideWitness> witnesses;
  std::optional<StampAuthority> stamps;
#ifdef STEELYARD_TEST_HOOKS
  std::shared_ptr<store::FaultPlan> faults;  // of the store
#endif
};

Result<Config> read_config(const std::string& path);
Result<Config> config_from(const config::Table& table);

}  // namespace steelyard::broker
