// The named invariants of the design, and the one way to rely on them.
//
//   if (!INVARIANT_HOLDS(author_is_session, author == session.member)) return reject(...);
//
// In the product INVARIANT_HOLDS(name, condition) is exactly `condition`: always evaluated, never configurable.
// Builds with STEELYARD_TEST_HOOKS (never the release preset) let one test process switch off one invariant by
//   STEELYARD_TEST_DISABLE_INVARIANT=author-is-session
// so that tests/invariants can show that the test which names the invariant fails without it.
// The list below is the only list; docs/ARCHITECTURE.md says where each is enforced.
#pragma once

#include <string_view>

namespace steelyard {

enum class Invariant {
  record_before_forward,
  deny_on_error,
  author_is_session,
  bind_answer_to_request,
  once,
  broker_blind,
  fields_within_grant,
  stopped_means_stopped,
  ledger_before_answer,
  head_monotonic,
  user_is_not_manager,
};

#ifdef STEELYARD_TEST_HOOKS
bool invariant_disabled(Invariant invariant);
std::string_view name_of(Invariant invariant);  // "record-before-forward"
#endif

}  // namespace steelyard

#ifdef STEELYARD_TEST_HOOKS
#define INVARIANT_HOLDS(name, condition) \
  ((condition) || ::steelyard::invariant_disabled(::steelyard::Invariant::name))
#else
#define INVARIANT_HOLDS(name, condition) \
  (static_cast<void>(::steelyard::Invariant::name), static_cast<bool>(condition))
#endif
