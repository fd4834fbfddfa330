#include "core/client/value_json.h"

#include "core/base/time.h"

namespace steelyard::client {

json::Value to_json(const schemas::Value& value, schemas::ValueType type) {
  if (const auto* truth = std::get_if<bool>(&value)) return *truth;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (type == schemas::ValueType::kTimestamp) return to_rfc3339(Instant{*number});
    return *number;
  }
  if (const auto* real = std::get_if<double>(&value)) return json::Value::real(*real);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* octets = std::get_if<Bytes>(&value)) return to_base64(*octets);
  return {};
}

}  // namespace steelyard::client
