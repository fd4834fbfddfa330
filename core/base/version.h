// The version of this build, as CMakeLists.txt has it: "0.1.0".
#pragma once

namespace steelyard {

extern const char* const kVersion;

}  // namespace steelyard
