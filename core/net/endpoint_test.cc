#include "core/net/endpoint.h"

#include <gtest/gtest.h>

namespace steelyard::net {
namespace {

TEST(Endpoint, HostAndPortAreWanted) {
  for (const char* good : {"tcp://127.0.0.1:7401", "tcp://bus.city.example:1", "tcp://[::1]:65535"}) {
    EXPECT_TRUE(check_endpoint(good, EndpointUse::kConnect)) << good;
    EXPECT_TRUE(check_endpoint(good, EndpointUse::kListen)) << good;
  }
  for (const char* bad : {"", "tcp://", "tcp://x", "tcp://:7401", "tcp://x:0", "tcp://x:65536", "tcp://x:7401 ",
                          "tcp://x:74a", "ipc:///tmp/x:1", "tcp://a b:7401", "tcp://x\n:7401", "127.0.0.1:7401"}) {
    const auto checked = check_endpoint(bad, EndpointUse::kListen);
    ASSERT_FALSE(checked) << bad;
    EXPECT_NE(checked.error().what.find("tcp://HOST:PORT"), std::string::npos);
  }
}

TEST(Endpoint, OnlyAListenerMayLeaveHostOrPortOpen) {
  for (const char* open : {"tcp://*:7401", "tcp://127.0.0.1:*"}) {
    EXPECT_TRUE(check_endpoint(open, EndpointUse::kListen)) << open;
    EXPECT_FALSE(check_endpoint(open, EndpointUse::kConnect)) << open;
  }
}

}  // namespace
}  // namespace steelyard::net
