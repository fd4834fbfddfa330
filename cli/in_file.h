// What is wrong in a file, as every compiler says it. Threads: any. Errors: none.
#pragma once

#include <string>

namespace steelyard::cli {

// "FILE:3:14: what" where the error names its place; "FILE: what" else.
std::string in_file(const std::string& file, const std::string& what);

}  // namespace steelyard::cli
