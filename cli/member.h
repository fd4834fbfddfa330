// The verbs of `steelyard member` that change a member. Threads: main's. Errors: usage.
#pragma once

#include "cli/command.h"

namespace steelyard::cli {

void register_member_keys(Command& noun);  // rename, recover, keep

}  // namespace steelyard::cli
