// What is sealed: parameters and behalf to the owner, rows to the user. Only the two ends see these.
//
// Format: docs/formats/payload.md; encoded by schemas/codec.h.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "schemas/kinds.h"

namespace steelyard::schemas {

enum class ValueType : std::uint8_t {
  kBool = 1,
  kInt64 = 2,
  kDouble = 3,
  kDecimal = 4,  // as text, exact
  kString = 5,   // UTF-8
  kBytes = 6,
  kDate = 7,       // text, "2026-11-23"
  kTimestamp = 8,  // int64, UTC microseconds since 1970
};
std::string_view name_of(ValueType type);
Result<ValueType> value_type_named(std::string_view name);

// monostate is null. Decimals, strings and dates are std::string; timestamps are std::int64_t.
using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, Bytes>;

struct Column {
  FieldName name;
  ValueType type = ValueType::kString;
  std::vector<Value> values;  // one per row
  bool operator==(const Column&) const = default;
};

struct Rows {
  std::vector<Column> columns;
  std::uint32_t count = 0;  // rows in every column
  bool operator==(const Rows&) const = default;
};

enum class Compare : std::uint8_t { kEq = 1, kNe = 2, kLt = 3, kLe = 4, kGt = 5, kGe = 6, kIn = 7 };

struct Parameter {
  FieldName field;
  Compare compare = Compare::kEq;
  std::vector<Value> values;  // one, or for kIn any number up to 256
  bool operator==(const Parameter&) const = default;
};

// On whose behalf: personal data, so it travels sealed; the envelope commits to it.
struct Behalf {
  std::string operator_id;  // empty: absent
  std::string case_number;  // empty: absent
  PlainSalt salt;           // of the envelope's commitment
  bool operator==(const Behalf&) const = default;
};

struct RequestPayload {
  std::vector<Parameter> parameters;
  Behalf behalf;
  Bytes checkpoint;  // the sender's last verified checkpoint, a signed note; empty before the first
  bool operator==(const RequestPayload&) const = default;
};

struct AnswerPayload {
  Rows rows;
  Bytes checkpoint;
  bool operator==(const AnswerPayload&) const = default;
};

using RowKey = FixedBytes<struct RowKeyTag, 16>;  // a row's name in one view (docs/formats/events.md)

struct EventPayload {
  std::vector<RowOp> ops;    // one per row
  std::vector<RowKey> keys;  // one per row
  Rows rows;
  Bytes checkpoint;
  bool operator==(const EventPayload&) const = default;
};

}  // namespace steelyard::schemas
