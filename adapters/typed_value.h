// What the eight value types of a payload admit, and how two values of one type compare.
//
// Every source uses these, so that a condition means the same over a database and over memory: null matches nothing,
// strings compare by their octets, decimals by their exact value, dates and timestamps by time.
//
// Owns: nothing. Threads: pure functions. Errors: none; callers say which field did not fit, never its value.
// Format: docs/formats/payload.md
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "schemas/payload.h"

namespace steelyard::adapters {

// True where `value` is of the C++ type that `type` is carried in and keeps its form; null fits every type.
bool fits(schemas::ValueType type, const schemas::Value& value);

bool is_null(const schemas::Value& value);
bool is_utf8(std::string_view text);     // by RFC 3629: no surrogates, nothing overlong
bool is_date(std::string_view text);     // "2026-11-23", a day that exists, from year 1
bool is_decimal(std::string_view text);  // "-12.340": digits, at most one point between digits, at most 128 octets

// Negative, zero or positive as for strcmp. REQUIRES: is_decimal(a) && is_decimal(b).
int compare_decimals(std::string_view a, std::string_view b);

// Reads what databases write: RFC 3339, a date alone, or "2026-11-23 18:30:00" without zone, which is UTC.
Result<Instant> instant_of_source(std::string_view text);

// REQUIRES: `value` and all of `wanted` fit `type`, none of `wanted` is null, and only kIn has more than one.
bool matches(schemas::ValueType type, const schemas::Value& value, schemas::Compare compare,
             const std::vector<schemas::Value>& wanted);

// What a value costs in an encoded answer, rounded up.
std::size_t encoded_size(const schemas::Value& value);

}  // namespace steelyard::adapters
