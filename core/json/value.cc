#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "core/base/check.h"
#include "core/json/json.h"

namespace steelyard::json {

std::string_view name_of(Type type) {
  switch (type) {
    case Type::kNull: return "null";
    case Type::kBool: return "a boolean";
    case Type::kInteger: return "an integer";
    case Type::kNumber: return "a number";
    case Type::kString: return "a string";
    case Type::kArray: return "an array";
    case Type::kObject: return "an object";
  }
  return "nothing";
}

namespace {

tl::unexpected<Error> wrong_type(std::string_view expected, Type found) {
  return fail(ErrorKind::kFix, fmt::format("expected {}, found {}", expected, name_of(found)));
}

// Puts the key in front of what went wrong with its value.
template <class T>
Result<T> under(std::string_view key, Result<T> result) {
  if (!result) return fail(std::move(result).error().in(fmt::format("key `{}`", key)));
  return result;
}

}  // namespace

Value Value::real(double value, int decimals) {
  Value made;
  if (!std::isfinite(value)) return made;
  made.data_ = Number{decimals < 0 ? fmt::format("{}", value) : fmt::format("{:.{}f}", value, decimals)};
  return made;
}

Result<bool> Value::as_bool() const {
  if (const auto* value = std::get_if<bool>(&data_)) return *value;
  return wrong_type("a boolean", type());
}

Result<std::int64_t> Value::as_integer() const {
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return *value;
  if (type() == Type::kNumber) return fail(ErrorKind::kFix, "expected an integer of 64 signed bits");
  return wrong_type("an integer", type());
}

Result<double> Value::as_double() const {
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*value);
  const auto* number = std::get_if<Number>(&data_);
  if (number == nullptr) return wrong_type("a number", type());
  double value = 0;
  const char* end = number->text.data() + number->text.size();
  auto [stop, error] = std::from_chars(number->text.data(), end, value);
  if (error != std::errc() || stop != end) return fail(ErrorKind::kFix, "number out of the range of a double");
  return value;
}

Result<std::string_view> Value::as_number_text() const {
  if (const auto* value = std::get_if<Number>(&data_)) return std::string_view(value->text);
  return wrong_type("a number that is no 64-bit integer", type());
}

Result<std::string_view> Value::as_string() const {
  if (const auto* value = std::get_if<std::string>(&data_)) return std::string_view(*value);
  return wrong_type("a string", type());
}

Result<const Array*> Value::as_array() const {
  if (const auto* value = std::get_if<Array>(&data_)) return value;
  return wrong_type("an array", type());
}

Result<const Object*> Value::as_object() const {
  if (const auto* value = std::get_if<Object>(&data_)) return value;
  return wrong_type("an object", type());
}

const Value* Value::find(std::string_view key) const {
  const auto* members = std::get_if<Object>(&data_);
  if (members == nullptr) return nullptr;
  for (const auto& [name, value] : *members)
    if (name == key) return &value;
  return nullptr;
}

Result<const Value*> Value::at(std::string_view key) const {
  if (!is_object()) return under<const Value*>(key, wrong_type("an object around it", type()));
  if (const Value* value = find(key)) return value;
  return fail(ErrorKind::kFix, fmt::format("missing key `{}`", key));
}

Result<bool> Value::bool_at(std::string_view key) const {
  TRY_ASSIGN(const Value* value, at(key));
  return under(key, value->as_bool());
}

Result<std::int64_t> Value::integer_at(std::string_view key) const {
  TRY_ASSIGN(const Value* value, at(key));
  return under(key, value->as_integer());
}

Result<std::string> Value::string_at(std::string_view key) const {
  TRY_ASSIGN(const Value* value, at(key));
  TRY_ASSIGN(std::string_view text, under(key, value->as_string()));
  return std::string(text);
}

Result<const Array*> Value::array_at(std::string_view key) const {
  TRY_ASSIGN(const Value* value, at(key));
  return under(key, value->as_array());
}

Result<const Object*> Value::object_at(std::string_view key) const {
  TRY_ASSIGN(const Value* value, at(key));
  return under(key, value->as_object());
}

Value& Value::set(std::string key, Value value) {
  if (is_null()) data_ = Object();
  auto* members = std::get_if<Object>(&data_);
  CHECK(members != nullptr);
  for (auto& [name, old] : *members) {
    if (name != key) continue;
    old = std::move(value);
    return *this;
  }
  members->emplace_back(std::move(key), std::move(value));
  return *this;
}

Value& Value::push(Value value) {
  if (is_null()) data_ = Array();
  auto* items = std::get_if<Array>(&data_);
  CHECK(items != nullptr);
  items->push_back(std::move(value));
  return *this;
}

bool Value::operator==(const Value& other) const {
  const auto* members = std::get_if<Object>(&data_);
  const auto* others = std::get_if<Object>(&other.data_);
  if (members == nullptr || others == nullptr) return data_ == other.data_;
  if (members->size() != others->size()) return false;
  for (const auto& [name, value] : *members) {
    const Value* same = other.find(name);
    if (same == nullptr || !(*same == value)) return false;
  }
  return true;
}

}  // namespace steelyard::json
