// Whether requests and entities are as a schema says. Lean: Cedar/Validation/RequestEntityValidator.lean.
//
// Policies that validate are certain not to fail only on requests and entities that do, too.
// Owns nothing. Threads: any. Errors: kFix, the first thing that is wrong, with the path to it; values, which may be
// secret, are not told.
#pragma once

#include "core/base/result.h"
#include "policy/entities.h"
#include "policy/request.h"
#include "policy/validation/schema.h"

namespace steelyard::policy::validation {

// The ids of enumerated types and of actions in it are looked at, too.
Status validate_value(const Value& value, const CedarType& type, const Schema& schema);

// Its action is declared and applies to such a principal and resource, in such a context.
Status validate_request(const Request& request, const Schema& schema);

// Attributes, tags, what it is in, its id. An action is as it is declared: without attributes, in what it is in.
Status validate_entity(const EntityUid& uid, const Entities::Known& entity, const Schema& schema);
Status validate_entities(const Entities& entities, const Schema& schema);

// Adds the actions that the schema declares, so that `action in …` means what it says. Those that are there already
// stay as they are: validate_entities() looks at them.
Status add_actions(Entities& entities, const Schema& schema);

}  // namespace steelyard::policy::validation
