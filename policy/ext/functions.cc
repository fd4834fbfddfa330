#include "policy/ext/functions.h"

#include "core/base/check.h"

namespace steelyard::policy::ext {
namespace {

// In the order of Function.
constexpr FunctionInfo kFunctions[] = {
    {Function::kIp, "ip", false, 1},
    {Function::kDecimal, "decimal", false, 1},
    {Function::kDatetime, "datetime", false, 1},
    {Function::kDuration, "duration", false, 1},
    {Function::kIsIpv4, "isIpv4", true, 1},
    {Function::kIsIpv6, "isIpv6", true, 1},
    {Function::kIsLoopback, "isLoopback", true, 1},
    {Function::kIsMulticast, "isMulticast", true, 1},
    {Function::kIsInRange, "isInRange", true, 2},
    {Function::kLessThan, "lessThan", true, 2},
    {Function::kLessThanOrEqual, "lessThanOrEqual", true, 2},
    {Function::kGreaterThan, "greaterThan", true, 2},
    {Function::kGreaterThanOrEqual, "greaterThanOrEqual", true, 2},
    {Function::kOffset, "offset", true, 2},
    {Function::kDurationSince, "durationSince", true, 2},
    {Function::kToDate, "toDate", true, 1},
    {Function::kToTime, "toTime", true, 1},
    {Function::kToMilliseconds, "toMilliseconds", true, 1},
    {Function::kToSeconds, "toSeconds", true, 1},
    {Function::kToMinutes, "toMinutes", true, 1},
    {Function::kToHours, "toHours", true, 1},
    {Function::kToDays, "toDays", true, 1},
};

Status want(const Value& value, Type type) {
  if (value.is(type)) return {};
  return fail(ErrorKind::kFix,
              "expected `" + std::string(name_of(type)) + "`, got `" + std::string(name_of(value.type())) + "`");
}

Result<Value> construct(Function function, const Value& argument) {
  TRY(want(argument, Type::kString));
  const std::string& text = argument.as_string();
  switch (function) {
    case Function::kIp: return parse_ip(text).map(&Value::ip);
    case Function::kDecimal: return parse_decimal(text).map(&Value::decimal);
    case Function::kDatetime: return parse_datetime(text).map(&Value::datetime);
    default: return parse_duration(text).map(&Value::duration);
  }
}

Result<Value> call_ip(Function function, std::span<const Value> arguments) {
  TRY(want(arguments[0], Type::kIp));
  const Ip& ip = arguments[0].as_ip();
  switch (function) {
    case Function::kIsIpv4: return Value::boolean(!ip.v6);
    case Function::kIsIpv6: return Value::boolean(ip.v6);
    case Function::kIsLoopback: return Value::boolean(is_loopback(ip));
    case Function::kIsMulticast: return Value::boolean(is_multicast(ip));
    default: TRY(want(arguments[1], Type::kIp)); return Value::boolean(is_in_range(ip, arguments[1].as_ip()));
  }
}

Result<Value> call_decimal(Function function, std::span<const Value> arguments) {
  TRY(want(arguments[0], Type::kDecimal));
  TRY(want(arguments[1], Type::kDecimal));
  const Decimal a = arguments[0].as_decimal();
  const Decimal b = arguments[1].as_decimal();
  switch (function) {
    case Function::kLessThan: return Value::boolean(a < b);
    case Function::kLessThanOrEqual: return Value::boolean(a <= b);
    case Function::kGreaterThan: return Value::boolean(a > b);
    default: return Value::boolean(a >= b);
  }
}

Result<Value> call_datetime(Function function, std::span<const Value> arguments) {
  TRY(want(arguments[0], Type::kDatetime));
  const Datetime at = arguments[0].as_datetime();
  const auto overflow = [] { return fail(ErrorKind::kFix, "the result leaves 64 bits of milliseconds"); };
  switch (function) {
    case Function::kOffset: {
      TRY(want(arguments[1], Type::kDuration));
      const auto moved = offset(at, arguments[1].as_duration());
      if (!moved) return overflow();
      return Value::datetime(*moved);
    }
    case Function::kDurationSince: {
      TRY(want(arguments[1], Type::kDatetime));
      const auto between = duration_since(at, arguments[1].as_datetime());
      if (!between) return overflow();
      return Value::duration(*between);
    }
    case Function::kToDate: {
      const auto midnight = to_date(at);
      if (!midnight) return overflow();
      return Value::datetime(*midnight);
    }
    default: return Value::duration(to_time(at));
  }
}

Result<Value> call_duration(Function function, const Value& argument) {
  TRY(want(argument, Type::kDuration));
  const std::int64_t ms = argument.as_duration().ms;
  switch (function) {
    case Function::kToMilliseconds: return Value::integer(ms);
    case Function::kToSeconds: return Value::integer(ms / 1'000);
    case Function::kToMinutes: return Value::integer(ms / 60'000);
    case Function::kToHours: return Value::integer(ms / 3'600'000);
    default: return Value::integer(ms / 86'400'000);
  }
}

}  // namespace

const FunctionInfo* find_function(std::string_view name) {
  for (const auto& info : kFunctions) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

const FunctionInfo& info_of(Function function) {
  const FunctionInfo& info = kFunctions[static_cast<std::size_t>(function)];
  CHECK(info.function == function);
  return info;
}

Result<Value> call(Function function, std::span<const Value> arguments) {
  const FunctionInfo& info = info_of(function);
  if (arguments.size() != info.arguments) {
    return fail(ErrorKind::kFix, "`" + std::string(info.name) + "` takes " + std::to_string(info.arguments) +
                                     " arguments with what it is called on, not " + std::to_string(arguments.size()));
  }
  if (function <= Function::kDuration) return construct(function, arguments[0]);
  if (function <= Function::kIsInRange) return call_ip(function, arguments);
  if (function <= Function::kGreaterThanOrEqual) return call_decimal(function, arguments);
  if (function <= Function::kToTime) return call_datetime(function, arguments);
  return call_duration(function, arguments[0]);
}

}  // namespace steelyard::policy::ext
