// os_reason: what an errno says, and what to do about it, for the end of an error's sentence.
//
// "no such file or directory: check the path". Threads: any. Errors: none.
#pragma once

#include <string>

namespace steelyard {

std::string os_reason(int code);

}  // namespace steelyard
