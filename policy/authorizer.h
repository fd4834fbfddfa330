// decide(): Cedar's authorization: allowed if some permit holds and no forbid does.
//
// A policy whose evaluation fails is skipped and reported; whoever wants an error to mean no (deny-on-error) looks at
// `errors`, whatever `decision` says.
// Owns nothing. Threads: any, as long as nobody changes policies or entities; takes no lock. Errors: in the decision.
#pragma once

#include <array>
#include <cstddef>
#include <memory_resource>
#include <optional>
#include <string>
#include <vector>

#include "policy/entities.h"
#include "policy/evaluator.h"
#include "policy/policy_set.h"
#include "policy/request.h"

namespace steelyard::policy {

struct PolicyError {
  std::string policy;  // its id
  std::string what;    // "line:column: ...", of the policy's text
};

struct Decision {
  bool allow = false;
  // The ids of the policies that decided: the forbids that held, else the permits that held, else none.
  std::vector<std::string> reasons;
  std::vector<PolicyError> errors;
};

Decision decide(const Request& request, const Entities& entities, const PolicySet& policies);

// The same for requests that differ in their resource alone: what they share is looked up once, and each is decided.
// `request`, whose own resource is not looked at, entities and policies outlive it. Threads: one owner.
class Decider {
 public:
  Decider(const Request& request, const Entities& entities, const PolicySet& policies);
  Decision decide(const EntityUid& resource) { return decide(resource, entities_.find(resource)); }
  // `known`: what `entities` has for it, for whoever holds that already.
  Decision decide(const EntityUid& resource, const Entities::Known* known);

  // The same decision for whoever does not ask which policies made it.
  struct Brief {
    bool allow = false;
    bool erred = false;  // at least one policy did
  };
  Brief decide_briefly(const EntityUid& resource, const Entities::Known* known);

 private:
  // What a condition was for the last resource; it is the same for one that looks the same to it (ResourceUse).
  struct Settled {
    bool known = false;
    bool holds = false;
    const Entities::Known* resource = nullptr;
    Evaluator::Settled parts;
  };

  Brief judge(const EntityUid& resource, const Entities::Known* known, Decision* details);
  bool holds(const CompiledPolicy& policy, const Entities::Known* known, Settled& settled, Decision* details,
             bool& erred);
  const Candidates& find_candidates(const EntityUid& resource, const Entities::Known* known);

  const Entities& entities_;
  const PolicySet& policies_;
  ScopeIndex::Asked principal_, action_;
  Evaluator evaluator_;
  std::array<std::byte, 4096> space_;  // the usual request concerns a handful of policies: no allocation
  std::pmr::monotonic_buffer_resource memory_{space_.data(), space_.size()};
  Candidates around_{&memory_};  // of every resource of one type in the same entities, all in scope; sorted
  std::pmr::vector<Settled> settled_{&memory_};  // of those
  Candidates found_{&memory_};                   // of the one in hand; sorted
  std::optional<EntityUid> like_;                // a resource that around_ is about, and what that one is in
  const std::vector<EntityUid>* in_ = nullptr;
};

}  // namespace steelyard::policy
