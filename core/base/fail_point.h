// FAIL_POINT("broker-committed"): a place where a test may kill this process.
//
// Exists only in builds with STEELYARD_TEST_HOOKS; elsewhere it is nothing. A test sets
//   STEELYARD_TEST_FAIL_POINT=broker-committed:17
// and the process sends itself SIGKILL on the 17th passage. Names are the phases of the life of an exchange
// (docs/ARCHITECTURE.md); tests/kill lists them.
#pragma once

#ifdef STEELYARD_TEST_HOOKS
namespace steelyard {
void pass_fail_point(const char* name);
}
#define FAIL_POINT(name) ::steelyard::pass_fail_point(name)
#else
#define FAIL_POINT(name) static_cast<void>(0)
#endif
