// The subscriptions that an adapter keeps for one of its applications, as JSON.
//
// Threads: pure. Errors: none. Format: docs/formats/http.md, Events.
#pragma once

#include <string>
#include <vector>

#include "core/client/kept_subscription.h"

namespace steelyard::adapters {

// Those of `application` alone; each with the path that it is read and ended by.
std::string subscriptions_page(const std::vector<client::KeptSubscription>& all, const ApplicationId& application);

}  // namespace steelyard::adapters
