// report: how the program says that something failed: one error, what to do about it, and the exit code.
//
// In text: "steelyard: <what happened>", then the row of schemas/errors.def: what to do, in English and in Chinese,
// slug and code. With -o json: one line of JSON on standard error, the last: {"error": {"code", "slug", "exit",
// "retry", "what", "todo", "zh", "zh_todo"}}. What came from outside is made printable. Threads: main's. Errors: none.
#pragma once

#include <ostream>
#include <string>

#include "cli/terminal.h"
#include "core/base/result.h"

namespace steelyard::cli {

// The object that -o json shows of an error.
json::Value error_value(const Error& error);
json::Value error_value(const Error& error, int exit);
// Prints the error and returns the exit code of its row; an error without one is of this machine's rows by its kind.
int report(std::ostream& to, Output output, const Error& error);
int report(std::ostream& to, Output output, const Error& error, int exit);  // ends with this code, whatever its row

}  // namespace steelyard::cli
