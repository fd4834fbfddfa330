#include "core/exchange/policy_schema.h"

#include "core/base/check.h"
#include "policy/schema/resolve.h"
#include "policy_schema_text.h"

namespace steelyard::exchange {

const policy::validation::Schema& policy_schema() {
  static const auto schema = policy::schema::schema_from_cedar(kPolicySchemaText);
  CHECK(schema.has_value());
  return *schema;
}

}  // namespace steelyard::exchange
