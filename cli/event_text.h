// An event as people and programs read it: a table of its rows, or one CloudEvents 1.0 object in one line.
//
// Threads: main's. Errors: none. Format: docs/cli.md, docs/formats/events.md.
#pragma once

#include "cli/terminal.h"
#include "core/client/subscriber.h"

namespace steelyard::cli {

void print_event(Terminal& terminal, const std::string& origin, const client::ToldEvent& told);

}  // namespace steelyard::cli
