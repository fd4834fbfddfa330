// The schema of a dataset's rows: what `context.row` of a row filter is, made of the catalogue's fields.
//
// A record with one attribute for each field whose values a type of Cedar holds exactly; one that may be null is
// optional, so that the validator wants it to be asked for first. Nothing else stands in the context, and nobody asks.
// Owns nothing. Threads: any. Errors: kFix, "line:column: rule: what is wrong; what to do".
// Format: docs/formats/row-filter.md.
#pragma once

#include <optional>
#include <vector>

#include "core/base/result.h"
#include "policy/expr.h"
#include "policy/validation/schema.h"
#include "schemas/statement.h"

namespace steelyard::exchange {

std::optional<policy::Type> attribute_type(schemas::ValueType type);  // nothing: none holds all values exactly
policy::validation::Schema row_schema(const std::vector<schemas::CatalogueField>& fields);

// Whether a filter, as it was parsed, can err on a row of these fields.
Status validate_row_filter(const policy::Expr& filter, const std::vector<schemas::CatalogueField>& fields);

}  // namespace steelyard::exchange
