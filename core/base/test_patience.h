// How much slower than usual this build may be. For tests only.
//
// What a test waits for takes longer under a sanitizer. A claim about a rate, of a member that outruns its bucket or a
// reader its disk, cannot be made there: those tests say so and skip.
#pragma once

namespace steelyard {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
inline constexpr int kPatience = kSanitized ? 10 : 1;

}  // namespace steelyard
