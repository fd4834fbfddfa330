// Datasets and agreements as TOML files, for `catalog publish` and `agreement propose`.
//
// Threads: pure. Errors: kFix, with file:line:column and what to write.
// Format: docs/cli.md, Dataset files and Agreement files.
#pragma once

#include "core/config/config.h"
#include "schemas/statement.h"

namespace steelyard::cli {

Result<schemas::Catalogue> read_dataset(config::Table& file);
// Without valid_from the agreement begins `now`.
Result<schemas::Agreement> read_agreement(config::Table& file, Instant now);

}  // namespace steelyard::cli
