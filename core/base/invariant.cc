#include "core/base/invariant.h"

#ifdef STEELYARD_TEST_HOOKS

#include <cstdlib>

namespace steelyard {

std::string_view name_of(Invariant invariant) {
  switch (invariant) {
    case Invariant::record_before_forward: return "record-before-forward";
    case Invariant::deny_on_error: return "deny-on-error";
    case Invariant::author_is_session: return "author-is-session";
    case Invariant::bind_answer_to_request: return "bind-answer-to-request";
    case Invariant::once: return "once";
    case Invariant::broker_blind: return "broker-blind";
    case Invariant::fields_within_grant: return "fields-within-grant";
    case Invariant::stopped_means_stopped: return "stopped-means-stopped";
    case Invariant::ledger_before_answer: return "ledger-before-answer";
    case Invariant::head_monotonic: return "head-monotonic";
    case Invariant::user_is_not_manager: return "user-is-not-manager";
  }
  return "unknown";
}

bool invariant_disabled(Invariant invariant) {
  static const char* const disabled = std::getenv("STEELYARD_TEST_DISABLE_INVARIANT");
  return disabled != nullptr && name_of(invariant) == disabled;
}

}  // namespace steelyard

#endif
