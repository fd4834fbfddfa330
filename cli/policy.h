// The verbs of `steelyard policy` apart from statements: each file declares its own. Threads: main's.
#pragma once

#include "cli/command.h"

namespace steelyard::cli {

void register_policy_bench(Command& policy);
void register_policy_diff(Command& policy);
void register_policy_explain(Command& policy);
void register_policy_authorize(Command& policy);
void register_policy_format(Command& policy);
void register_policy_test(Command& policy);
void register_policy_translate(Command& policy);
void register_policy_translate_schema(Command& policy);
void register_policy_validate(Command& policy);

}  // namespace steelyard::cli
