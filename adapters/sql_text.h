// Pieces of SQL that every database reads alike.
//
// Threads: pure functions. Errors: none.
#pragma once

#include <string>
#include <string_view>

namespace steelyard::adapters {

// `"a ""b"""`: a checked identifier as SQL.
std::string quoted(std::string_view identifier);

}  // namespace steelyard::adapters
