// validate(): whether policies can go wrong on any request and entities that fit a schema. Lean:
// Cedar/Validation/Validator.lean.
//
// A policy that validates strictly never fails when it is evaluated on such requests and entities, unless numbers
// overflow or an entity is not there. It is looked at once for each environment, the kinds of requests that the schema
// allows. One that is false in all of them is impossible: a warning.
// Owns: nothing. Threads: any. Errors: findings; bounded by `steps`, over all policies together.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "policy/policy_document.h"
#include "policy/validation/findings.h"
#include "policy/validation/levels.h"
#include "policy/validation/schema.h"
#include "policy/validation/subtyping.h"
#include "policy/validation/typechecker.h"

namespace steelyard::policy::validation {

struct PolicyReport {
  std::string policy;  // its id
  std::vector<Finding> errors;
  std::vector<Finding> warnings;
};

struct Report {
  std::vector<PolicyReport> policies;  // those that there is something to say about, in order

  bool has_errors() const;
  bool has_warnings() const;
  Status status() const;  // its first error, as to_text() writes it: kFix
};

// `level`: policies that are valid must keep to it (levels.h).
using Level = std::optional<std::size_t>;

Report validate(std::span<const Policy> policies, const Schema& schema, Mode mode = Mode::kStrict,
                Steps steps = Steps(), Level level = {});
// Its templates, too, with whatever they may be linked with, and what its links name.
Report validate(const PolicyDocument& document, const Schema& schema, Mode mode = Mode::kStrict, Steps steps = Steps(),
                Level level = {});

}  // namespace steelyard::policy::validation
