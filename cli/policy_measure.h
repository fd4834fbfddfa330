// What deciding costs: single decisions timed one by one, fields of one dataset in one call, and agreements that come
// and go meanwhile. What `steelyard policy bench` prints and tests/bench/policy.cc compares.
//
// Every decision goes through the calls that the gate makes (policy/authorizer.h). Requests are drawn, and their texts
// made, before any of them is timed; each is timed by itself (ticks.h).
// Owns nothing. Threads: one; measure_changes() starts another for as long as it runs. Errors: none; whether decisions
// were what the world says is told beside what they took.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "cli/policy_world.h"
#include "policy/entities.h"
#include "policy/policy_set.h"
#include "policy/request.h"

namespace steelyard::cli {

// In nanoseconds.
struct Spread {
  double mean = 0, p50 = 0, p99 = 0, most = 0;
};
Spread spread_of(std::vector<float>& each);  // reorders them

struct Measured {
  Spread ns;
  std::size_t decisions = 0, allowed = 0, erred = 0;
  double looked_at = 0;  // policies whose conditions were evaluated, for one decision
  std::size_t looked_at_max = 0;
  bool as_expected = true;  // of a world's requests: allowed where its agreements say so, and without errors
};

// `draw` makes the nth request.
using Draw = std::function<policy::Request(std::size_t)>;
// Each once, with reasons.
Measured measure_each(const policy::KnownEntities& entities, const policy::PoliciesInForce& policies, const Draw& draw,
                      std::size_t count);
// One of them again and again; many decisions are timed together.
Measured measure_hot(const policy::KnownEntities& entities, const policy::PoliciesInForce& policies,
                     const policy::Request& request, std::size_t count);

// Over all agreements, fields and purposes of a world, at random.
Measured measure_random(const PolicyWorld& world, const policy::KnownEntities& entities,
                        const policy::PoliciesInForce& policies, std::size_t count, std::uint64_t seed);

// Twenty fields of a dataset that one agreement grants, in one call; a decision is all twenty.
Measured measure_fields(const PolicyWorld& world, const policy::KnownEntities& entities,
                        const policy::PoliciesInForce& policies, std::size_t count, bool hot, std::uint64_t seed);

struct Changed {
  Spread effect_ns;              // from before an agreement is printed until the thread that decides decides by it
  Spread idle_ns, meanwhile_ns;  // single decisions, before and while agreements come and go
  bool as_expected = true;
};
Changed measure_changes(const PolicyWorld& world, const policy::KnownEntities& entities, policy::PolicySet& policies,
                        std::size_t changes, std::uint64_t seed);

}  // namespace steelyard::cli
