// What `steelyard trace` prints of more than one exchange: all that an agreement, a member, a dataset, an application
// or a time names in a log, each step as it is found.
//
// Threads: main's. Errors: usage, naming the option; those of TraceSearch.
// Format: docs/cli.md, Trace
#pragma once

#include <string>

#include "cli/terminal.h"
#include "cli/trace_search.h"

namespace steelyard::cli {

struct TraceAll {
  TraceWanted wanted;
  std::string since, until;  // as the command line has them

  bool names_any() const { return wanted.names_subject() || !since.empty() || !until.empty(); }
};

Status trace_all(Terminal& terminal, const std::string& store, const TraceAll& asked);

}  // namespace steelyard::cli
