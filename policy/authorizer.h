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
#include <span>
#include <string>
#include <vector>

#include "policy/entities.h"
#include "policy/evaluator.h"
#include "policy/policy_set.h"
#include "policy/request.h"

namespace steelyard::policy {

struct PolicyError {
  std::string policy;  // its id; empty: there were too many
  std::string what;    // "line:column: ...", of the policy's text
};

struct Decision {
  bool allow = false;
  // The ids of the policies that decided: the forbids that held, else the permits that held, else none.
  std::vector<std::string> reasons;
  std::vector<PolicyError> errors;
};

Decision decide(const Request& request, const Entities& entities, const PolicySet& policies);

// The policies whose scopes hold for a principal, an action and a group of resources, found ahead. A group is of one
// type, in the same entities, and named by no scope, as the fields of a dataset mostly are: the same policies concern
// each. Whoever asks about them again and again finds these once, and anew when entities or policies have changed.
class Applicable {
 public:
  // `resources` are entities. Nothing: these are no group.
  static std::optional<Applicable> find(const EntityUid& principal, const EntityUid& action,
                                        std::span<const Value> resources, const Entities& entities,
                                        const PolicySet& policies);

 private:
  friend class Decider;
  Applicable() = default;

  std::vector<const CompiledPolicy*> policies_;  // in the order they were put
  const Entities::Known* principal_ = nullptr;
  const Entities::Known* action_ = nullptr;
};

// The same for requests that differ in their resource alone: what they share is looked up once, and each is decided.
// `request`, whose own resource is not looked at, entities and policies outlive it. Threads: one owner.
class Decider {
 public:
  Decider(const Request& request, const Entities& entities, const PolicySet& policies);
  // For resources of one group only; `group` was found for the request's principal and action, and outlives it.
  Decider(const Request& request, const Entities& entities, const PolicySet& policies, const Applicable& group);
  Decider(const Decider&) = delete;
  Decider& operator=(const Decider&) = delete;

  // All decisions together take at most so many steps (evaluator.h); one that goes beyond has erred.
  void limit(std::size_t steps) { evaluator_.limit(steps); }
  std::size_t spent() const { return evaluator_.spent(); }

  Decision decide(const EntityUid& resource) { return decide(resource, entities_.find(resource)); }
  // `known`: what `entities` has for it, for whoever holds that already; or for one that is in the same entities and
  // has the same attributes and tags, which nothing tells from it.
  Decision decide(const EntityUid& resource, const Entities::Known* known);

  // The same decision for whoever does not ask which policies made it.
  struct Brief {
    bool allow = false;
    bool erred = false;  // at least one policy did
  };
  Brief decide_briefly(const Value& resource, const Entities::Known* known);
  // Which policies made the last decision: the forbids that held, else the permits that held; and which erred in it.
  // Until the next one.
  std::span<const CompiledPolicy* const> decided() const { return decided_; }
  std::span<const CompiledPolicy* const> erred() const { return erred_; }

 private:
  // What a condition was for the last resource; it is the same for one that looks the same to it (ResourceUse).
  struct Settled {
    bool known = false;
    bool holds = false;
    const Entities::Known* resource = nullptr;
    Evaluator::Settled parts;
  };

  Brief judge(const Value& resource, const Entities::Known* known, Decision* details);
  bool holds(const CompiledPolicy& policy, const Entities::Known* known, Settled& settled, Decision* details);
  using Concerning = std::span<const CompiledPolicy* const>;
  Concerning find_candidates(const EntityUid& resource, const Entities::Known* known);

  const Entities& entities_;
  const PolicySet& policies_;
  ScopeIndex::Asked principal_, action_;
  Evaluator evaluator_;
  std::array<std::byte, 4096> space_;  // the usual request concerns a handful of policies: no allocation
  std::pmr::monotonic_buffer_resource memory_{space_.data(), space_.size()};
  Candidates around_{&memory_};  // of every resource of one type in the same entities, all in scope; sorted
  Concerning kept_;              // what settled_ is about: around_, or the group's
  std::pmr::vector<Settled> settled_{&memory_};
  Candidates found_{&memory_};  // of the one in hand; sorted
  Candidates decided_{&memory_}, erred_{&memory_};
  bool of_group_ = false;
  std::optional<EntityUid> like_;  // a resource that around_ is about, and what that one is in
  const std::vector<EntityUid>* in_ = nullptr;
};

}  // namespace steelyard::policy
