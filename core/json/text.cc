// Reading and writing JSON text: the wall around nlohmann/json.
#include <algorithm>
#include <exception>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/base/check.h"
#include "core/json/json.h"

namespace steelyard::json {

// Builds a Value from the library's events. The stack holds what is still open; a value joins its parent when it
// closes, so nothing points into a vector that may grow.
class Reader {
 public:
  using Sax = nlohmann::json;

  Reader(std::string_view text, std::size_t depth_max) : text_(text), depth_max_(depth_max) {}

  bool null() { return add(Value()); }
  bool boolean(bool value) { return add(Value(value)); }
  bool number_integer(Sax::number_integer_t value) { return add(Value(value)); }
  bool number_unsigned(Sax::number_unsigned_t value) { return add(Value(value)); }
  bool number_float(Sax::number_float_t, const std::string& text) { return add(number(text)); }
  bool string(std::string& value) { return add(Value(std::move(value))); }
  bool binary(Sax::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Value(Object())); }
  bool start_array(std::size_t) { return open(Value(Array())); }
  bool end_array() { return close(); }
  bool end_object() {
    const auto& members = std::get<Object>(open_.back().value.data_);
    std::vector<std::string_view> keys;
    keys.reserve(members.size());
    for (const auto& [name, value] : members) keys.push_back(name);
    std::sort(keys.begin(), keys.end());
    auto twice = std::adjacent_find(keys.begin(), keys.end());
    if (twice != keys.end()) return refuse(fmt::format("key `{}` stands twice in one object, keep one", *twice));
    return close();
  }
  bool key(std::string& name) {
    open_.back().key = std::move(name);
    return true;
  }
  template <class Exception>
  bool parse_error(std::size_t position, const std::string&, const Exception& exception) {
    return refuse(place_of(position) + ": " + reason_of(exception.what()));
  }

  static Value number(std::string text) {
    Value value;
    value.data_ = Value::Number{std::move(text)};
    return value;
  }

  const std::string& error() const { return error_; }
  std::optional<Value>& result() { return result_; }

 private:
  struct Open {
    Value value;
    std::string key;  // of the member that comes next
  };

  bool refuse(std::string why) {
    error_ = std::move(why);
    return false;
  }

  bool open(Value value) {
    if (open_.size() >= depth_max_) return refuse(fmt::format("arrays and objects nest deeper than {}", depth_max_));
    open_.push_back({std::move(value), {}});
    return true;
  }

  bool close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return add(std::move(value));
  }

  bool add(Value value) {
    if (open_.empty()) {
      result_ = std::move(value);
      return true;
    }
    Open& parent = open_.back();
    if (auto* items = std::get_if<Array>(&parent.value.data_)) {
      items->push_back(std::move(value));
    } else {
      std::get<Object>(parent.value.data_).emplace_back(std::move(parent.key), std::move(value));
    }
    return true;
  }

  std::string place_of(std::size_t position) const {
    std::string_view before = text_.substr(0, position == 0 ? 0 : position - 1);
    auto line = 1 + std::count(before.begin(), before.end(), '\n');
    auto start = before.rfind('\n');
    auto column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
    return fmt::format("{}:{}", line, column);
  }

  // "[json.exception.x.101] parse error at line 1, column 2: why; last read: '..'": only why. What was read stays
  // out of logs.
  static std::string reason_of(std::string_view what) {
    if (auto end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
    if (what.rfind("parse error at ", 0) == 0)
      if (auto end = what.find(": "); end != std::string_view::npos) what.remove_prefix(end + 2);
    what = what.substr(0, what.find("; last read: "));
    if (what.find("number overflow") != std::string_view::npos) what = "number beyond the range of a double";
    return std::string(what);
  }

  std::string_view text_;
  std::size_t depth_max_;
  std::vector<Open> open_;
  std::optional<Value> result_;
  std::string error_;
};

Result<Value> parse(std::string_view text, Limits limits) {
  if (text.size() > limits.bytes_max)
    return fail(ErrorKind::kFix, fmt::format("JSON of {} octets, at most {} are read", text.size(), limits.bytes_max));
  // The library takes a NUL for the end of its input and would ignore what follows.
  if (text.find('\0') != std::string_view::npos) return fail(ErrorKind::kFix, "JSON contains a NUL octet");
  try {
    Reader reader(text, limits.depth_max);
    if (!nlohmann::json::sax_parse(text.begin(), text.end(), &reader))
      return fail(ErrorKind::kFix, reader.error().empty() ? "not JSON" : reader.error());
    CHECK(reader.result().has_value());
    return std::move(*reader.result());
  } catch (const std::exception&) {
    return fail(ErrorKind::kLater, "no memory left to read JSON");
  }
}

Result<Value> Value::number(std::string_view text) {
  TRY_ASSIGN(Value value, parse(text, Limits{256, 1}));
  bool plain = text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
  if (!plain || (value.type() != Type::kInteger && value.type() != Type::kNumber))
    return fail(ErrorKind::kFix, "expected a JSON number");
  return value;
}

namespace {

std::string in_quotes(std::string_view text) {
  try {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  } catch (const std::exception&) {
    CHECK(!"a string can always be written with replacement");
  }
}

void new_line(int indent, int depth, std::string& to) {
  if (indent < 0) return;
  to.push_back('\n');
  to.append(static_cast<std::size_t>(indent) * static_cast<std::size_t>(depth), ' ');
}

}  // namespace

void write(const Value& value, int indent, int depth, std::string& to) {
  bool first = true;
  auto next = [&] {
    if (!first) to.push_back(',');
    first = false;
    new_line(indent, depth + 1, to);
  };
  switch (value.type()) {
    case Type::kNull: to += "null"; break;
    case Type::kBool: to += std::get<bool>(value.data_) ? "true" : "false"; break;
    case Type::kInteger: to += std::to_string(std::get<std::int64_t>(value.data_)); break;
    case Type::kNumber: to += std::get<Value::Number>(value.data_).text; break;
    case Type::kString: to += in_quotes(std::get<std::string>(value.data_)); break;
    case Type::kArray:
      to.push_back('[');
      for (const Value& item : std::get<Array>(value.data_)) {
        next();
        write(item, indent, depth + 1, to);
      }
      if (!first) new_line(indent, depth, to);
      to.push_back(']');
      break;
    case Type::kObject:
      to.push_back('{');
      for (const auto& [name, item] : std::get<Object>(value.data_)) {
        next();
        to += in_quotes(name) + (indent < 0 ? ":" : ": ");
        write(item, indent, depth + 1, to);
      }
      if (!first) new_line(indent, depth, to);
      to.push_back('}');
      break;
  }
}

std::string dump(const Value& value, int indent) {
  std::string text;
  write(value, indent, 0, text);
  return text;
}

}  // namespace steelyard::json
