// steelyard bench: makes a city to measure (prepare), and drives it (run). Threads: main's, and run's own.
#pragma once

#include "cli/command.h"

namespace steelyard::cli {

void register_bench(Command& root);

}  // namespace steelyard::cli
