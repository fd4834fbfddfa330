// Values for this folder's tests. Included by core/exchange/*_test.cc alone.
#pragma once

#include <cstdlib>
#include <iostream>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/exchange/frame.h"

namespace steelyard::exchange::testing {

inline constexpr std::string_view kOrigin = "steelyard.example/city";

template <class Fixed>
Fixed filled(std::uint8_t first) {  // first, first + 1, ...
  Fixed value;
  for (auto& octet : value.octets) octet = first++;
  return value;
}

inline OutMessage out_message(schemas::MessageKind kind, std::string_view envelope, std::string_view payload = {}) {
  OutMessage message;
  message.kind = kind;
  message.envelope = std::make_shared<const Bytes>(to_bytes(as_bytes(envelope)));
  if (!payload.empty()) message.payload = std::make_shared<const Bytes>(to_bytes(as_bytes(payload)));
  return message;
}

// From STEELYARD_TEST_SEED where that is set, else new; printed, so that a failure can be repeated.
inline std::uint64_t seed_of_this_run() {
  const char* given = std::getenv("STEELYARD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "STEELYARD_TEST_SEED=" << seed << std::endl;
  return seed;
}

// Every test that takes this runs with each suite.
class WithSuite : public ::testing::TestWithParam<crypto::SuiteId> {
 protected:
  const crypto::Suite& suite() const { return crypto::suite(GetParam()); }
};

inline auto both_suites() { return ::testing::Values(crypto::SuiteId::kStandard, crypto::SuiteId::kTestSecond); }
inline std::string suite_name(const ::testing::TestParamInfo<crypto::SuiteId>& info) {
  return info.param == crypto::SuiteId::kStandard ? "Standard" : "Second";
}

}  // namespace steelyard::exchange::testing
