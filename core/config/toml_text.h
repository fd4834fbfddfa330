// Text as TOML's basic string, quotes and all: for what this program writes and a person goes on editing.
//
// Threads: pure. Errors: none.
#pragma once

#include <string>
#include <string_view>

namespace steelyard::config {

std::string toml_text(std::string_view text);  // UTF-8

}  // namespace steelyard::config
