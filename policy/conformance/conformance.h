// Runs cases in the format of Cedar's published corpus: policies, entities, a schema, and requests with what each must
// come to.
//
// A case is {"policies", "entities", "schema", "shouldValidate", "requests"}, the first three of them paths; a request
// {"principal", "action", "resource", "context", "decision", "reason", "errors"}. Reasons and errors are compared as
// sets. An empty schema means none. Where there are results of the validator (policyValidation, entityValidation,
// requestValidation), they are compared, too.
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

struct Outcome {
  std::size_t requests = 0;
  std::size_t validations = 0;  // of policies, entities and requests
  std::vector<Mismatch> mismatches;
};

// The text of a file that the case names.
using FileOf = std::function<Result<std::string>(std::string_view path)>;

bool is_case(const json::Value& document);
// `validation`: results of the validator; nothing where there are none.
Result<Outcome> run_case(const json::Value& spec, const FileOf& file_of, const json::Value* validation);

}  // namespace steelyard::policy::conformance
