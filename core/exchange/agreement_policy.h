// The one generator of agreement policies: an agreement in force, printed as one static Cedar policy.
//
// Nobody submits these; tests hold them to golden files. Its id is the agreement's (policy_ids.h).
// Threads: pure. Format: docs/formats/policy.md.
#pragma once

#include <string>

#include "schemas/statement.h"

namespace steelyard::exchange {

std::string agreement_policy(const schemas::Agreement& agreement);

}  // namespace steelyard::exchange
