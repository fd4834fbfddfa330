// What came of a query, for programs: one object on standard output, whatever became of it. People get the same as rows
// and sentences (query.cc).
//
// Threads: pure. Errors: none.
// Format: docs/cli.md, Query.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "core/client/consumer.h"

namespace steelyard::cli {

// The error that the verb ends with; none where rows were answered, be it no row.
Status verdict_on(const client::Outcome& outcome);

// `done`: what the verb ends with, which is not always the outcome's own word. `proved`: nothing where nobody waited.
json::Value describe(const client::Outcome& outcome, const Status& done, std::optional<bool> proved);

Table table_of(const schemas::Rows& rows);
std::string joined(const std::vector<FieldName>& names);      // "name, phone"
std::string joined(const std::vector<schemas::Mask>& masks);  // "name (keep-first-1), phone (null)"

}  // namespace steelyard::cli
