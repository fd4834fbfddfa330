// json::Value: one JSON document or part of it, as plain values; parse() reads one, dump() writes one.
//
// Stricter than most: duplicate keys, invalid UTF-8, raw NUL octets, too much depth and trailing text are errors. No
// number is ever rounded: what fits 64 signed bits is an integer, every other number keeps its source text.
// Objects keep the order of their members; equality ignores it. find() is linear: meant for documents, not for maps.
//
//   Value v = object({{"member", member}, {"rows", 5}, {"fields", array({"name", "town"})}});
//   std::string line = dump(v);
//   TRY_ASSIGN(std::string name, parsed.string_at("name"));   // "missing key `name`"
//
// Owns: all its text. Threads: a plain value. Errors: kFix, naming line and column or the key; never the content.
// Format: RFC 8259.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"

namespace steelyard::json {

class Value;
using Member = std::pair<std::string, Value>;
using Array = std::vector<Value>;
using Object = std::vector<Member>;

enum class Type : std::uint8_t { kNull, kBool, kInteger, kNumber, kString, kArray, kObject };

std::string_view name_of(Type type);  // "a string"

class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  template <std::same_as<bool> Bool>
  Value(Bool value) : data_(value) {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) Value(Integer value) {
    if (std::in_range<std::int64_t>(value)) {
      data_ = static_cast<std::int64_t>(value);
    } else {
      data_ = Number{std::to_string(value)};
    }
  }
  Value(std::string value) : data_(std::move(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(const char* value) : data_(std::string(value)) {}
  template <class Tag>
  Value(const Name<Tag>& name) : data_(name.text) {}
  Value(Array items) : data_(std::move(items)) {}
  Value(Object members) : data_(std::move(members)) {}

  static Value real(double value, int decimals = -1);  // shortest exact text, or fixed decimals; null unless finite
  static Result<Value> number(std::string_view text);  // exactly this text, which must be a JSON number

  Type type() const { return static_cast<Type>(data_.index()); }
  bool is_null() const { return type() == Type::kNull; }
  bool is_string() const { return type() == Type::kString; }
  bool is_array() const { return type() == Type::kArray; }
  bool is_object() const { return type() == Type::kObject; }

  // What it is, or an error such as "expected a string, found an array". A string_view lives as long as the Value.
  Result<bool> as_bool() const;
  Result<std::int64_t> as_integer() const;
  Result<double> as_double() const;                 // of any number; the nearest double
  Result<std::string_view> as_number_text() const;  // of a kNumber
  Result<std::string_view> as_string() const;
  Result<const Array*> as_array() const;
  Result<const Object*> as_object() const;

  // Members of an object; the error names the key.
  const Value* find(std::string_view key) const;  // null where this is no object or has no such key
  Result<const Value*> at(std::string_view key) const;
  Result<bool> bool_at(std::string_view key) const;
  Result<std::int64_t> integer_at(std::string_view key) const;
  Result<std::string> string_at(std::string_view key) const;
  Result<const Array*> array_at(std::string_view key) const;
  Result<const Object*> object_at(std::string_view key) const;

  // Building. A null becomes an object or array at the first call; on any other type these CHECK.
  Value& set(std::string key, Value value);  // replaces a member of that name, else adds it at the end
  Value& push(Value value);

  bool operator==(const Value& other) const;

 private:
  struct Number {
    std::string text;
    bool operator==(const Number&) const = default;
  };
  friend class Reader;
  friend void write(const Value& value, int indent, int depth, std::string& to);

  std::variant<std::monostate, bool, std::int64_t, Number, std::string, Array, Object> data_;
};

inline Value object(std::initializer_list<Member> members = {}) { return Value(Object(members)); }
inline Value array(std::initializer_list<Value> items = {}) { return Value(Array(items)); }

struct Limits {
  std::size_t bytes_max = 16 * 1024 * 1024;  // a value takes up to 20 times its text in memory
  std::size_t depth_max = 64;                // reading is not recursive, but destroying and writing are
};

Result<Value> parse(std::string_view text, Limits limits = {});

// One line for indent < 0, else one member or item a line. Octets that are not UTF-8 are written as U+FFFD.
std::string dump(const Value& value, int indent = -1);

}  // namespace steelyard::json
