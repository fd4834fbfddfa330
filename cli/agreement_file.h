// An agreement as a file that `agreement propose` reads. Threads: pure. Errors: none. Format: docs/cli.md, Agreement
// files.
#pragma once

#include <string>

#include "schemas/statement.h"

namespace steelyard::cli {

// Without valid_from: it begins when it is proposed.
std::string agreement_file(const schemas::Agreement& terms);

}  // namespace steelyard::cli
