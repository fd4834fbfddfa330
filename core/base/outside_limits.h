// Limits of what outsiders check and are asked (docs/formats/checkpoint.md), with their reasons; limits.h has the rest.
#pragma once

#include <cstddef>

#include "core/base/time.h"

namespace steelyard::limits {

// lines under a note of ours: golang.org/x/mod reads no more. The log and one witness per member of a city
inline constexpr std::size_t kNoteSignaturesWritten = 100;
inline constexpr std::size_t kConsistencyPathMax = 63;  // C2SP tlog-witness: trees of 2^63 leaves
// C2SP tlog-policy wants 32 of each; a city's witnesses are its members
inline constexpr std::size_t kLogPolicyBytesMax = 64 * 1024;
inline constexpr std::size_t kLogPolicyNamesMax = 256;  // witnesses and groups
inline constexpr std::size_t kWitnessLogsMax = 256;     // of one `steelyard witness`: a file each
inline constexpr std::size_t kWitnessesAskedMax = 16;   // by one broker, one after the other for each checkpoint
// a witness or a time stamp authority answers, or next time: the end of a broker may wait for it
inline constexpr Duration kOutsiderWithin = seconds(3);
inline constexpr std::size_t kStampBytesMax = 64 * 1024;  // an RFC 3161 answer with its chain of certificates
inline constexpr Duration kStampSkewMax = minutes(5);   // between a stamp's time and ours: beyond, one of both is wrong
inline constexpr Duration kStampEveryMin = seconds(1);  // a file each
inline constexpr std::size_t kForeignTreesMax = 16;     // checkpoints of other members that wait for a proof

}  // namespace steelyard::limits
