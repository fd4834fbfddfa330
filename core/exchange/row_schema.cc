#include "core/exchange/row_schema.h"

#include "policy/limits.h"
#include "policy/validation/validator.h"

namespace steelyard::exchange {
namespace {

using policy::Type;
using policy::validation::CedarType;
using schemas::ValueType;

CedarType cedar_type(Type type) {
  switch (type) {
    case Type::kBool: return CedarType::simple(CedarType::Kind::kBool);
    case Type::kLong: return CedarType::simple(CedarType::Kind::kLong);
    case Type::kDatetime: return CedarType::simple(CedarType::Kind::kDatetime);
    default: return CedarType::simple(CedarType::Kind::kString);
  }
}

}  // namespace

std::optional<Type> attribute_type(ValueType type) {
  switch (type) {
    case ValueType::kBool: return Type::kBool;
    case ValueType::kInt64: return Type::kLong;
    case ValueType::kString: return Type::kString;
    case ValueType::kDate:
    case ValueType::kTimestamp: return Type::kDatetime;
    default: return {};
  }
}

policy::validation::Schema row_schema(const std::vector<schemas::CatalogueField>& fields) {
  std::vector<policy::validation::AttributeType> row;
  for (const schemas::CatalogueField& field : fields) {
    if (const auto type = attribute_type(field.type))
      row.push_back({field.name.text, cedar_type(*type), !field.nullable});
  }
  policy::validation::Schema schema;
  schema.entity_types.emplace("Row", policy::validation::EntitySchemaEntry());
  policy::validation::ActionSchemaEntry select{{"Row"}, {"Row"}, {}};
  select.context = CedarType::record({{"row", CedarType::record(std::move(row))}});
  schema.actions.emplace(policy::EntityUid("Action", "select"), std::move(select));
  return schema;
}

Status validate_row_filter(const policy::Expr& filter, const std::vector<schemas::CatalogueField>& fields) {
  using namespace policy::validation;
  policy::Policy one;
  one.conditions.push_back({policy::Condition::Kind::kWhen, filter, {}});
  return validate({&one, 1}, row_schema(fields), Mode::kStrict, Steps(limits::kPolicySetValidationStepsMax)).status();
}

}  // namespace steelyard::exchange
