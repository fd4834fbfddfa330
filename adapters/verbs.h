// The verbs of steelyard-adapter beside running it: what each prints and the exit code it ends with. One file a verb.
//
// Threads: the caller's. Errors: usage, config, and what a source says; nothing was changed then.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/time.h"

namespace steelyard::adapters {

struct Printed {
  std::string out;   // data, for standard output
  std::string said;  // to people, for standard error
  int exit_code = 0;
};

// `init --from URL ...`: lists a register's tables, or writes the map of one.
Result<Printed> run_init(const std::vector<std::string>& arguments, const Clock& clock);

// `check MAP...` or `check --config FILE`: shows what would be published, and what stands in its way.
Result<Printed> run_check(const std::vector<std::string>& arguments, const Clock& clock);

// `outbox MAP`: the SQL that makes an outbox for the map's table, for its owner to apply.
Result<Printed> run_outbox(const std::vector<std::string>& arguments);

}  // namespace steelyard::adapters
