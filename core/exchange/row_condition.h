// RowCondition: a row filter as a condition over columns that any database can be asked, exactly.
//
// `all` and `any` of parts over single tests; nothing is negated above a test. A test of a field that is null does not
// hold, whatever it says, so that a database's unknown may stand for no.
// Owns: its parts. Threads: a plain value. Errors: none. Format: docs/formats/row-filter.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/payload.h"

namespace steelyard::exchange {

struct RowCondition {
  enum class Kind : std::uint8_t {
    kNever,         // no row
    kAlways,        // every row
    kAll,           // all parts; two or more
    kAny,           // one of the parts; two or more
    kPresent,       // the field is not null
    kAbsent,        // the field is null: the one test that holds there
    kCompare,       // with the one value
    kCompareField,  // with `other`, of the same type
    kIn,            // equals one of the values; one or more
    kLike,          // `pieces` in their order, anything between them
  };

  Kind kind = Kind::kNever;
  std::vector<RowCondition> parts;
  FieldName field;
  schemas::ValueType type = schemas::ValueType::kString;  // the field's
  schemas::Compare compare = schemas::Compare::kEq;       // not kIn
  FieldName other;
  std::vector<schemas::Value> values;  // of the field's type
  std::vector<std::string> pieces;
  bool negated = false;  // kIn, kLike: the field is there, and is not so
};

}  // namespace steelyard::exchange
