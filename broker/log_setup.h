// The process's log: lines on standard error, "time level key=value ...", nothing personal, never evidence.
// What others chose in a value is quoted() by who writes the line; no line steers a terminal or is two.
//
// Threads: set up by main before any other thread; spdlog's calls from any. Errors: none.
#pragma once

#include <string>

namespace steelyard::broker {

void set_up_log(const std::string& level);  // "debug", "info", "warn", "error"

}  // namespace steelyard::broker
