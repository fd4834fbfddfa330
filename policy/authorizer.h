// decide(): Cedar's authorization: allowed if some permit holds and no forbid does.
//
// A policy whose evaluation fails is skipped and reported; whoever wants an error to mean no (deny-on-error) looks at
// `errors`, whatever `decision` says. Deciding reads entities and policies, or snapshots of them, and nothing else: it
// takes no lock, keeps no verdict, and unless a policy errs or is of an unusual kind allocates nothing.
// Owns nothing. Threads: any, as long as nobody changes what is read. Errors: in the decision.
#pragma once

#include <cstddef>
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

Decision decide(const Request& request, const KnownEntities& entities, const PoliciesInForce& policies);

// The policies whose scopes hold for a principal, an action and a group of resources, found ahead. A group is of one
// type, in the same entities, and named by no scope, as the fields of a dataset mostly are: the same policies concern
// each. Whoever asks about them again and again finds these once, and anew when entities or policies have changed.
class Applicable {
 public:
  // `resources` are entities. Nothing: these are no group.
  static std::optional<Applicable> find(const EntityUid& principal, const EntityUid& action,
                                        std::span<const Value> resources, const KnownEntities& entities,
                                        const PoliciesInForce& policies);

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
  Decider(const Request& request, const KnownEntities& entities, const PoliciesInForce& policies);
  // For resources of one group only; `group` was found for the request's principal and action, and outlives it.
  Decider(const Request& request, const KnownEntities& entities, const PoliciesInForce& policies,
          const Applicable& group);
  Decider(const Decider&) = delete;
  Decider& operator=(const Decider&) = delete;

  // All decisions together take at most so many steps (evaluator.h); one that goes beyond has erred.
  void limit(std::size_t steps) { evaluator_.limit(steps); }
  std::size_t spent() const { return evaluator_.spent(); }
  // How many policies all decisions together looked at: each once for each resource, unless it cannot tell this one
  // from the last.
  std::size_t looked_at() const { return looked_at_; }

  Decision decide(const EntityUid& resource) { return decide(resource, entities_.find(resource)); }
  // `known`: what `entities` has for it, for whoever holds that already; or for one that is in the same entities and
  // has the same attributes and tags, which nothing tells from it.
  Decision decide(const EntityUid& resource, const Entities::Known* known);

  // The same decision without copies.
  struct Brief {
    bool allow = false;
    bool erred = false;  // at least one policy did
  };
  Brief decide_briefly(const EntityUid& resource) { return decide_briefly(resource, entities_.find(resource)); }
  Brief decide_briefly(const EntityUid& resource, const Entities::Known* known);
  // Which policies made the last decision: the forbids that held, else the permits that held; and which erred in it.
  // Until the next one.
  std::span<const CompiledPolicy* const> decided() const { return {decided_.data(), decided_.size()}; }
  std::span<const CompiledPolicy* const> erred() const { return {erred_.data(), erred_.size()}; }

 private:
  // What a condition was for the last resource; it is the same for one that looks the same to it (ResourceUse).
  struct Settled {
    bool known = false;
    bool holds = false;
    const Entities::Known* resource = nullptr;
    Evaluator::Settled parts;
  };
  using Concerning = std::span<const CompiledPolicy* const>;

  Brief judge(const EntityUid& resource, const Entities::Known* known, Decision* details);
  bool holds(const CompiledPolicy& policy, const Entities::Known* known, Settled& settled, Decision* details);
  void forget_settled();
  Concerning find_candidates(const EntityUid& resource, const Entities::Known* known);
  void fetch_ahead(const Entities::Known* known) const;
  void fetch_ahead(const Entities::Known* known, Concerning found) const;

  const KnownEntities& entities_;
  const PoliciesInForce& policies_;
  ScopeIndex::Asked principal_, action_;
  Evaluator evaluator_;
  // The usual request concerns a handful of policies, for which these allocate nothing.
  Candidates around_;  // of every resource of one type in the same entities, all in scope; sorted
  Concerning kept_;    // what settled_ is about: around_, or the group's
  Few<Settled, 16> settled_;
  Candidates found_;  // of the one in hand; sorted
  Candidates decided_, erred_;
  std::size_t looked_at_ = 0;
  bool of_group_ = false;
  // The resource that around_ is about: its type, and what is known of it; of one that is not known nothing is kept.
  const std::string* like_type_ = nullptr;
  const Entities::Known* like_ = nullptr;
};

}  // namespace steelyard::policy
