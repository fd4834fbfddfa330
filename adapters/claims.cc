#include "adapters/claims.h"

#include <algorithm>

#include "adapters/typed_value.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using exchange::Truth;
using schemas::Compare;
using schemas::Parameter;
using schemas::Value;

tl::unexpected<Error> wrong(const std::string& what) {
  return fail(schemas::error_of(schemas::code::parameter_type, what));
}

Truth truth_of(const Parameter& claim, const schemas::Column& column) {
  const auto comparable = [&column](const Value& value) { return !is_null(value) && fits(column.type, value); };
  const Value& held = column.values.front();
  if (is_null(held) || claim.values.empty() || !std::all_of(claim.values.begin(), claim.values.end(), comparable))
    return Truth::kUnknown;
  return matches(column.type, held, claim.compare, claim.values) ? Truth::kTrue : Truth::kFalse;
}

}  // namespace

std::uint64_t Claims::attempts() const {
  std::uint64_t count = keys.size() - 1;  // whether such a record is there tells of each of them
  for (const Parameter& claim : claims) count += std::max<std::size_t>(claim.values.size(), 1);
  return count;
}

Result<Claims> claims_of(const schemas::Request& request, std::vector<Parameter> parameters, const DatasetMap& map) {
  Claims made;
  made.key_field = map.key;
  for (Parameter& parameter : parameters) {
    const auto& claimed = request.fields;
    const bool is_claim = std::find(claimed.begin(), claimed.end(), parameter.field) != claimed.end();
    (is_claim ? made.claims : made.keys).push_back(std::move(parameter));
  }
  bool has_key = false;
  for (const Parameter& parameter : made.keys) {
    if (parameter.compare != Compare::kEq || parameter.values.size() != 1)
      return wrong("field `" + parameter.field.text + "`: a record to verify is selected by `=`");
    if (parameter.field != map.key) continue;
    if (has_key) return wrong("the key, field `" + map.key.text + "`, has two values");
    has_key = true;
    made.asked_key = parameter.values.front();
  }
  if (!has_key) return wrong("a record to verify is selected by its key, field `" + map.key.text + "`");
  return made;
}

std::vector<Truth> hold_against(const Claims& asked, const schemas::Rows& rows) {
  const auto column_of = [&rows](const FieldName& field) -> const schemas::Column* {
    for (const schemas::Column& column : rows.columns)
      if (column.name == field) return &column;
    return nullptr;
  };
  const schemas::Column* key = column_of(asked.key_field);
  const bool found = rows.count == 1 && key != nullptr && key->values.front() == asked.asked_key;
  std::vector<Truth> truths;
  truths.reserve(asked.claims.size());
  for (const Parameter& claim : asked.claims) {
    const schemas::Column* column = found ? column_of(claim.field) : nullptr;
    truths.push_back(column == nullptr ? Truth::kUnknown : truth_of(claim, *column));
  }
  return truths;
}

}  // namespace steelyard::adapters
