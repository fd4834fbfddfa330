#include "schemas/payload.h"

#include "schemas/errors.h"

namespace steelyard::schemas {

std::string_view name_of(ValueType type) {
  switch (type) {
    case ValueType::kBool: return "bool";
    case ValueType::kInt64: return "int64";
    case ValueType::kDouble: return "double";
    case ValueType::kDecimal: return "decimal";
    case ValueType::kString: return "string";
    case ValueType::kBytes: return "bytes";
    case ValueType::kDate: return "date";
    case ValueType::kTimestamp: return "timestamp";
  }
  return {};
}

Result<ValueType> value_type_named(std::string_view name) {
  for (std::uint8_t number = 1; !name_of(static_cast<ValueType>(number)).empty(); ++number)
    if (name_of(static_cast<ValueType>(number)) == name) return static_cast<ValueType>(number);
  return fail(ErrorKind::kFix,
              "`" + std::string(name.substr(0, 64)) +
                  "` is not a type: bool, int64, double, decimal, string, bytes, date or timestamp",
              code::config);
}

}  // namespace steelyard::schemas
