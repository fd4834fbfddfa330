// The verbs of `steelyard policy` that work on files: each file declares its own. Threads: main's.
#pragma once

#include "cli/command.h"

namespace steelyard::cli {

void register_policy_translate_schema(Command& policy);

}  // namespace steelyard::cli
