// What a broker's rejection says of the session itself, not of a message: `dataset-taken`, `too-many-sessions`...
//
// Threads: any. Errors: none: nothing where the message is no such rejection.
#pragma once

#include <optional>
#include <string>

#include "core/client/node.h"

namespace steelyard::adapters {

// One line for the log: the code and what it means.
std::optional<std::string> session_rejection(const client::Incoming& message);

}  // namespace steelyard::adapters
