// What the broker's operators read of its dealings with outsiders: witnesses, time stamps, readers of the public log.
//
// Threads: any. Errors: none. Format: docs/metrics.md.
#pragma once

#include <string>

#include "broker/stamper.h"
#include "broker/witness_rounds.h"
#include "core/http/request_server.h"

namespace steelyard::broker {

struct Outside {
  const WitnessRounds* witnesses = nullptr;  // nullptr: not configured
  const Stamper* stamper = nullptr;
  const http::RequestCounts* readers = nullptr;
};
std::string outside_metrics(const Outside& outside);

}  // namespace steelyard::broker
