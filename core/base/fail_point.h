// FAIL_POINT("broker-committed"): a place where a test may kill this process, hold it or slow it down.
//
// Exists only in builds with STEELYARD_TEST_HOOKS; elsewhere it is nothing. A test sets, before the start,
//   STEELYARD_TEST_FAIL_POINT=broker-committed:17
// and the process sends itself SIGKILL on the 17th passage; or it names a file that both map, and arms it at any time:
//   STEELYARD_TEST_FAIL_POINT_FILE=PATH     64 octets: u32le state (0 idle, 1 armed, 2 died here), u32le passages
//                                           left, name with a NUL. The name is written first, the state last.
//                                           State 3: passages wait while it lasts. 4: each sleeps for `left` ms.
//                                           5: FAULT_POINT(name) is true.
// A unit test holds or spoils what runs in its own process: FailPointHere held("broker-committed", AtFailPoint::kHeld).
// Names are the phases of the life of an exchange (docs/ARCHITECTURE.md); tests/kill lists them.
#pragma once

#ifdef STEELYARD_TEST_HOOKS
#include <cstdint>

namespace steelyard {
void pass_fail_point(const char* name);
bool fault_at(const char* name);

enum class AtFailPoint : std::uint32_t { kHeld = 3, kFaulty = 5 };

// Arms a point of this process while it lives; one at a time.
class FailPointHere {
 public:
  FailPointHere(const char* name, AtFailPoint state);
  ~FailPointHere();
  FailPointHere(const FailPointHere&) = delete;
  FailPointHere& operator=(const FailPointHere&) = delete;
};
}  // namespace steelyard
#define FAIL_POINT(name) ::steelyard::pass_fail_point(name)
#define FAULT_POINT(name) ::steelyard::fault_at(name)
#else
#define FAIL_POINT(name) static_cast<void>(0)
#define FAULT_POINT(name) false
#endif
