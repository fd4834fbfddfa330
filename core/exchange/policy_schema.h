// The schema of policies: schemas/steelyard.cedarschema, built into every program that folds statements, so that all
// judge a policy set alike.
//
// Owns: itself, made once. Threads: any. Errors: none; that the file is a schema is tested.
#pragma once

#include "policy/validation/schema.h"

namespace steelyard::exchange {

const policy::validation::Schema& policy_schema();

}  // namespace steelyard::exchange
