// PostgreSQL's types and the eight of a payload: which column may hold which field, and each value exactly.
//
// A timestamp without zone is UTC, as everywhere in a source (adapters/typed_value.h). A char(n) has the value that
// PostgreSQL itself gives it as text: without the blanks that fill it. NaN and infinities have no exact counterpart
// but in double, where infinities have one.
// Threads: pure functions. Errors: none; callers say which field did not fit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "schemas/payload.h"

namespace steelyard::adapters::postgres {

// Of the catalogue pg_type, where these have kept their numbers since they exist.
enum TypeId : std::uint32_t {
  kUnsaid = 0,  // of a parameter: as the SQL says it
  kBoolean = 16,
  kBytea = 17,
  kInt8 = 20,
  kInt2 = 21,
  kInt4 = 23,
  kText = 25,
  kFloat4 = 700,
  kFloat8 = 701,
  kBpchar = 1042,
  kVarchar = 1043,
  kDate = 1082,
  kTimestamp = 1114,
  kTimestamptz = 1184,
  kNumeric = 1700,
};

// "varchar"; "type 3802" of one that no field can have.
std::string name_of_type(std::uint32_t type);

bool admits(std::uint32_t column, schemas::ValueType field);

// Puts a value in PostgreSQL's text form into `to`; false where it is none that the field's type can hold.
bool put_text(std::uint32_t column, schemas::ValueType field, std::string_view text, schemas::Value& to);

struct Bound {
  std::uint32_t type = 0;
  std::string octets;
  bool binary = false;
};

struct Statement {
  std::string sql;  // exactly one
  std::vector<Bound> bound;
};
// REQUIRES: `value` fits `type` and is not null.
Bound bound_of(schemas::ValueType type, const schemas::Value& value);
// For a placeholder whose type the SQL says (adapters/postgres/filter.h). REQUIRES: `value` is not null.
Bound bound_as_carried(const schemas::Value& value);

}  // namespace steelyard::adapters::postgres
