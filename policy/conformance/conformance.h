// Runs cases in the format of Cedar's published corpus: policies, entities, a schema, and requests with what each must
// come to.
//
// A case is {"policies", "entities", "schema", "shouldValidate", "requests"}, the first three of them paths; a request
// {"principal", "action", "resource", "context", "decision", "reason", "errors"}. Policies and schema are text or JSON,
// whatever their files are called; policies in JSON may have templates and links. Reasons and errors are compared as
// sets. An empty schema means none. Where there are results of the validator (policyValidation, entityValidation,
// requestValidation), they are compared, too; and where the schema stands in JSON beside, that it is the same schema.
// Owns nothing. Threads: any. Errors: kFix: the case cannot be run; what comes out otherwise than it must is a
// mismatch.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/json/json.h"

namespace steelyard::policy::conformance {

struct Mismatch {
  std::string where;  // "request 3", "policy `policy0`"
  std::string what;   // "decision: `allow` is expected, `deny` it is"
};

// What may stand beside a case; null where it does not.
struct Beside {
  const json::Value* validation = nullptr;   // results of the validator
  const std::string* json_schema = nullptr;  // the case's schema in its other form
};

struct Outcome {
  std::size_t requests = 0;
  std::size_t validations = 0;  // of policies, entities, requests and schemas
  std::vector<Mismatch> mismatches;
};

// The text of a file that the case names.
using FileOf = std::function<Result<std::string>(std::string_view path)>;

bool is_case(const json::Value& document);
Result<Outcome> run_case(const json::Value& spec, const FileOf& file_of, const Beside& beside);

}  // namespace steelyard::policy::conformance
