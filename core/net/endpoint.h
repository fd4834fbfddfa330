// check_endpoint: whether a text is an endpoint that this bus can use: tcp://HOST:PORT.
//
// HOST is a name, an IPv4 address, an IPv6 address in brackets or, where one listens, an interface or *; PORT is 1 to
// 65535 or, where one listens, * for a free one. Threads: any. Errors: kFix, saying what to write.
#pragma once

#include <string_view>

#include "core/base/result.h"

namespace steelyard::net {

enum class EndpointUse { kConnect, kListen };

Status check_endpoint(std::string_view text, EndpointUse use);

}  // namespace steelyard::net
