// Sealed payloads. Format: docs/formats/payload.md.
#include <algorithm>
#include <type_traits>

#include "core/base/check.h"
#include "core/base/utf8.h"
#include "payload_generated.h"
#include "schemas/codec.h"
#include "schemas/codec_internal.h"

namespace steelyard::schemas {
namespace {

using namespace internal;

constexpr Shape kRequestShape{"SYp1", "request payload", limits::kMessageBytesMax, limits::kFlatbufferTablesPayloadMax};
constexpr Shape kEventShape{"SYp3", "event payload", limits::kMessageBytesMax, limits::kFlatbufferTablesPayloadMax};
constexpr Shape kAnswerShape{"SYp2", "answer payload", limits::kMessageBytesMax, limits::kFlatbufferTablesPayloadMax};

constexpr std::size_t kColumnsMax = limits::kFieldsMax;
constexpr std::size_t kParametersMax = 256;
constexpr std::size_t kParameterValuesMax = 256;
constexpr std::size_t kBehalfBytesMax = 256;
constexpr std::int64_t kYear1Us = -62'135'596'800'000'000;
constexpr std::int64_t kYear10000Us = 253'402'300'800'000'000;

// How the values of a column stand on the wire.
enum class Storage { kBools, kInts, kDoubles, kOctets };

Storage storage_of(ValueType type) {
  switch (type) {
    case ValueType::kBool: return Storage::kBools;
    case ValueType::kInt64:
    case ValueType::kTimestamp: return Storage::kInts;
    case ValueType::kDouble: return Storage::kDoubles;
    default: return Storage::kOctets;
  }
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// An optional '-', digits, and perhaps '.' and digits: what NUMERIC prints and JSON takes as text.
bool valid_decimal(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  const auto point = text.find('.');
  return all_digits(text.substr(0, point)) && (point == std::string_view::npos || all_digits(text.substr(point + 1)));
}

bool valid_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  if (!all_digits(text.substr(0, 4)) || !all_digits(text.substr(5, 2)) || !all_digits(text.substr(8))) return false;
  const auto number = [&text](std::size_t at, std::size_t size) {
    int value = 0;
    for (std::size_t i = at; i < at + size; ++i) value = value * 10 + (text[i] - '0');
    return value;
  };
  const int year = number(0, 4), month = number(5, 2), day = number(8, 2);
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= kDays[month - 1] + (month == 2 && leap ? 1 : 0);
}

bool valid_text(ValueType type, std::string_view text) {
  switch (type) {
    case ValueType::kDecimal: return valid_decimal(text);
    case ValueType::kDate: return valid_date(text);
    case ValueType::kString: return is_utf8(text);
    default: return true;
  }
}

// The sender's own mistake: a value of another type than its column's would reach the reader as something else.
template <class T>
const T& held(const Value& value) {
  const T* of_type = std::get_if<T>(&value);
  CHECK(of_type != nullptr);
  return *of_type;
}

bool is_null(const Value& value) { return std::holds_alternative<std::monostate>(value); }

Offset<WireVector<std::uint8_t>> put_nulls(Builder& b, const std::vector<Value>& values) {
  const auto first = std::find_if(values.begin(), values.end(), is_null);
  if (first == values.end()) return {};
  std::uint8_t* bits = nullptr;
  const std::size_t size = (values.size() + 7) / 8;
  const auto offset = b.CreateUninitializedVector(size, &bits);
  std::memset(bits, 0, size);
  for (auto i = static_cast<std::size_t>(first - values.begin()); i < values.size(); ++i)
    if (is_null(values[i])) bits[i / 8] = static_cast<std::uint8_t>(bits[i / 8] | 1U << (i % 8));
  return offset;
}

template <class T, class Wire = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>>
Offset<WireVector<Wire>> put_scalars(Builder& b, const std::vector<Value>& values) {
  Wire* out = nullptr;
  const auto offset = b.CreateUninitializedVector(values.size(), &out);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Wire wire = is_null(values[i]) ? Wire{} : static_cast<Wire>(held<T>(values[i]));
    std::memcpy(out + i, &wire, sizeof(wire));
  }
  return offset;
}

// Octets of a text or bytes value; nothing for any other.
ByteView octets_of(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return as_bytes(*text);
  if (const auto* bytes = std::get_if<Bytes>(&value)) return *bytes;
  return {};
}

struct PutOctets {
  Offset<WireVector<std::uint32_t>> ends;
  Offset<WireVector<std::uint8_t>> octets;
};

PutOctets put_octets(Builder& b, const std::vector<Value>& values) {
  std::size_t size = 0;
  for (const Value& value : values) size += octets_of(value).size();
  PutOctets put;
  std::uint8_t* out = nullptr;
  put.octets = b.CreateUninitializedVector(size, &out);
  for (const Value& value : values) {
    const ByteView octets = octets_of(value);
    if (!octets.empty()) std::memcpy(out, octets.data(), octets.size());
    out += octets.size();
  }
  std::uint32_t* ends = nullptr;
  put.ends = b.CreateUninitializedVector(values.size(), &ends);
  std::uint32_t end = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    end += static_cast<std::uint32_t>(octets_of(values[i]).size());
    std::memcpy(ends + i, &end, sizeof(end));
  }
  return put;
}

Offset<wire::Column> put_column(Builder& b, const Column& column, std::size_t count) {
  CHECK(column.values.size() == count);
  const auto name = put_name(b, column.name);
  const auto nulls = put_nulls(b, column.values);
  Offset<WireVector<std::uint8_t>> bools;
  Offset<WireVector<std::int64_t>> ints;
  Offset<WireVector<double>> doubles;
  PutOctets texts;
  switch (storage_of(column.type)) {
    case Storage::kBools: bools = put_scalars<bool>(b, column.values); break;
    case Storage::kInts: ints = put_scalars<std::int64_t>(b, column.values); break;
    case Storage::kDoubles: doubles = put_scalars<double>(b, column.values); break;
    case Storage::kOctets:
      for (const Value& value : column.values)
        CHECK(is_null(value) || std::holds_alternative<Bytes>(value) == (column.type == ValueType::kBytes));
      for (const Value& value : column.values)
        CHECK(is_null(value) || column.type == ValueType::kBytes || std::holds_alternative<std::string>(value));
      texts = put_octets(b, column.values);
      break;
  }
  wire::ColumnBuilder t(b);
  t.add_name(name);
  t.add_type(static_cast<std::uint8_t>(column.type));
  t.add_nulls(nulls);
  t.add_bools(bools);
  t.add_ints(ints);
  t.add_doubles(doubles);
  t.add_ends(texts.ends);
  t.add_octets(texts.octets);
  return t.Finish();
}

Offset<WireVector<Offset<wire::Column>>> put_columns(Builder& b, const Rows& rows) {
  std::vector<Offset<wire::Column>> columns;
  columns.reserve(rows.columns.size());
  for (const Column& column : rows.columns) columns.push_back(put_column(b, column, rows.count));
  return put_vector(b, columns);
}

// Vectors may be shared between tables, so a small buffer could ask for much memory: what all columns or parameters
// hold together must fit the buffer.
struct Budget {
  std::size_t left;
  bool spend(std::size_t octets) {
    if (octets > left) return false;
    left -= octets;
    return true;
  }
};

// A vector's element; FlatBuffers does not check that elements are aligned.
template <class T>
T element(const WireVector<T>& vector, std::size_t i) {
  T value;
  std::memcpy(&value, vector.Data() + i * sizeof(T), sizeof(T));
  return value;
}

template <class T>
bool sized(Reader& r, Budget& budget, const WireVector<T>* vector, std::size_t count, const char* field) {
  const std::size_t size = vector == nullptr ? 0 : vector->size();
  return r.require(size == count, field, "not one value for each row") &&
         r.require(budget.spend(size * sizeof(T)), field, "holds more than the payload");
}

// Values by their ends in one run of octets; use(i, text) for each, in order.
template <class Use>
void each_text(Reader& r, Budget& budget, const WireVector<std::uint32_t>* ends, const WireVector<std::uint8_t>* octets,
               std::size_t count, Use use) {
  const std::size_t size = octets == nullptr ? 0 : octets->size();
  if (!sized(r, budget, ends, count, "ends") || !r.require(budget.spend(size), "octets", "hold more than the payload"))
    return;
  std::size_t start = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = element(*ends, i);
    if (!r.require(end >= start && end <= size, "ends", "out of order")) return;
    use(i, std::string_view(reinterpret_cast<const char*>(octets == nullptr ? nullptr : octets->data()) + start,
                            end - start));
    start = end;
  }
  r.require(start == size, "octets", "beyond the last value");
}

bool null_at(const WireVector<std::uint8_t>* nulls, std::size_t i) {
  return nulls != nullptr && (nulls->Get(static_cast<flatbuffers::uoffset_t>(i / 8)) >> (i % 8) & 1) != 0;
}

void read_nulls(Reader& r, Budget& budget, const WireVector<std::uint8_t>* nulls, std::size_t count) {
  if (nulls == nullptr) return;
  if (!sized(r, budget, nulls, (count + 7) / 8, "nulls") || count % 8 == 0) return;
  r.require(nulls->Get(nulls->size() - 1) >> (count % 8) == 0, "nulls", "beyond the last row");
}

// A null stands as zero, so that nothing hides behind it.
template <class T, class Make>
void read_scalars(Reader& r, Budget& budget, std::vector<Value>& to, const WireVector<T>* from,
                  const WireVector<std::uint8_t>* nulls, Make make) {
  if (!sized(r, budget, from, to.size(), "values")) return;
  for (std::size_t i = 0; i < to.size(); ++i) {
    const T value = element(*from, i);
    if (!null_at(nulls, i)) {
      if (!make(to[i], value)) return static_cast<void>(r.require(false, "values", "out of range"));
    } else {
      constexpr T kZero{};
      if (!r.require(std::memcmp(&value, &kZero, sizeof(T)) == 0, "values", "a value beneath a null")) return;
    }
  }
}

void read_values(Reader& r, Budget& budget, Column& to, const wire::Column& from) {
  const auto* nulls = from.nulls();
  switch (storage_of(to.type)) {
    case Storage::kBools:
      return read_scalars(r, budget, to.values, from.bools(), nulls, [](Value& value, std::uint8_t octet) {
        value = octet == 1;
        return octet <= 1;
      });
    case Storage::kInts:
      return read_scalars(r, budget, to.values, from.ints(), nulls,
                          [time = to.type == ValueType::kTimestamp](Value& value, std::int64_t number) {
                            value = number;
                            return !time || (number >= kYear1Us && number < kYear10000Us);
                          });
    case Storage::kDoubles:
      return read_scalars(r, budget, to.values, from.doubles(), nulls, [](Value& value, double number) {
        value = number;
        return true;
      });
    case Storage::kOctets:
      return each_text(r, budget, from.ends(), from.octets(), to.values.size(),
                       [&](std::size_t i, std::string_view text) {
                         if (null_at(nulls, i))
                           r.require(text.empty(), "values", "a value beneath a null");
                         else if (!r.require(valid_text(to.type, text), "values", "not of the column's type"))
                           return;
                         else if (to.type == ValueType::kBytes)
                           to.values[i] = to_bytes(as_bytes(text));
                         else
                           to.values[i] = std::string(text);
                       });
  }
}

template <class Payload>
void read_rows(Reader& r, Rows& to, const Payload& from, std::size_t buffer_size) {
  to.count = from.count();
  const auto* columns = from.columns();
  const std::size_t column_count = columns == nullptr ? 0 : columns->size();
  if (!r.require(to.count <= limits::kRowsMax, "count", "too many rows") ||
      !r.require(column_count <= kColumnsMax, "columns", "too many"))
    return;
  Budget budget{buffer_size};
  to.columns.reserve(column_count);
  for (std::size_t i = 0; i < column_count && !r.failed(); ++i) {
    const wire::Column& column = *columns->Get(static_cast<flatbuffers::uoffset_t>(i));
    Column& out = to.columns.emplace_back();
    r.name(out.name, column.name(), "columns.name");
    r.number(out.type, column.type(), "columns.type");
    read_nulls(r, budget, column.nulls(), to.count);
    const bool bools = column.bools() != nullptr, ints = column.ints() != nullptr;
    const bool doubles = column.doubles() != nullptr, texts = column.ends() != nullptr || column.octets() != nullptr;
    const Storage storage = storage_of(out.type);
    r.require((!bools || storage == Storage::kBools) && (!ints || storage == Storage::kInts) &&
                  (!doubles || storage == Storage::kDoubles) && (!texts || storage == Storage::kOctets),
              "columns", "values of another type");
    // Every kind of value costs at least one octet of wire, so the budget bounds this before memory is asked for.
    if (r.failed() || !r.require(to.count <= budget.left, "columns", "fewer values than rows")) return;
    out.values.resize(to.count);
    read_values(r, budget, out, column);
  }
  r.require(Reader::all_different(to.columns.size(),
                                  [&to](std::size_t i) -> const std::string& { return to.columns[i].name.text; }),
            "columns", "a name stands twice");
}

// The type number of a lone value, which has no column to say it.
std::uint8_t lone_type(const Value& value) {
  constexpr std::uint8_t kTypes[] = {0,
                                     static_cast<std::uint8_t>(ValueType::kBool),
                                     static_cast<std::uint8_t>(ValueType::kInt64),
                                     static_cast<std::uint8_t>(ValueType::kDouble),
                                     static_cast<std::uint8_t>(ValueType::kString),
                                     static_cast<std::uint8_t>(ValueType::kBytes)};
  static_assert(std::size(kTypes) == std::variant_size_v<Value>);
  return kTypes[value.index()];
}

std::uint64_t lone_scalar(const Value& value) {
  std::uint64_t bits = 0;
  if (const auto* boolean = std::get_if<bool>(&value)) bits = *boolean ? 1 : 0;
  if (const auto* integer = std::get_if<std::int64_t>(&value)) bits = static_cast<std::uint64_t>(*integer);
  if (const auto* number = std::get_if<double>(&value)) std::memcpy(&bits, number, sizeof(bits));
  return bits;
}

Offset<wire::Parameter> put_parameter(Builder& b, const Parameter& parameter) {
  const auto field = put_name(b, parameter.field);
  std::uint8_t* types = nullptr;
  const auto types_offset = b.CreateUninitializedVector(parameter.values.size(), &types);
  for (std::size_t i = 0; i < parameter.values.size(); ++i) types[i] = lone_type(parameter.values[i]);
  std::uint64_t* scalars = nullptr;
  const auto scalars_offset = b.CreateUninitializedVector(parameter.values.size(), &scalars);
  for (std::size_t i = 0; i < parameter.values.size(); ++i) {
    const std::uint64_t bits = lone_scalar(parameter.values[i]);
    std::memcpy(scalars + i, &bits, sizeof(bits));
  }
  const PutOctets texts = put_octets(b, parameter.values);
  wire::ParameterBuilder t(b);
  t.add_field(field);
  t.add_compare(static_cast<std::uint8_t>(parameter.compare));
  t.add_types(types_offset);
  t.add_scalars(scalars_offset);
  t.add_ends(texts.ends);
  t.add_octets(texts.octets);
  return t.Finish();
}

bool read_lone(Value& to, std::uint8_t type, std::uint64_t bits, std::string_view text) {
  const bool scalar_only = text.empty();
  switch (type) {
    case 0: return scalar_only && bits == 0;
    case static_cast<std::uint8_t>(ValueType::kBool): to = bits == 1; return scalar_only && bits <= 1;
    case static_cast<std::uint8_t>(ValueType::kInt64): to = static_cast<std::int64_t>(bits); return scalar_only;
    case static_cast<std::uint8_t>(ValueType::kDouble): {
      double number = 0;
      std::memcpy(&number, &bits, sizeof(number));
      to = number;
      return scalar_only;
    }
    case static_cast<std::uint8_t>(ValueType::kString): to = std::string(text); return bits == 0 && is_utf8(text);
    case static_cast<std::uint8_t>(ValueType::kBytes): to = to_bytes(as_bytes(text)); return bits == 0;
    default: return false;
  }
}

void read_parameter(Reader& r, Budget& budget, Parameter& to, const wire::Parameter& from) {
  r.name(to.field, from.field(), "parameters.field");
  to.compare = static_cast<Compare>(from.compare());
  r.require(to.compare >= Compare::kEq && to.compare <= Compare::kIn, "parameters.compare", "unknown value");
  const std::size_t count = from.types() == nullptr ? 0 : from.types()->size();
  const bool one = to.compare != Compare::kIn;
  if (!r.require(one ? count == 1 : count <= kParameterValuesMax, "parameters.values",
                 "not as many as may stand here") ||
      !sized(r, budget, from.types(), count, "parameters.types") ||
      !sized(r, budget, from.scalars(), count, "parameters.scalars"))
    return;
  to.values.resize(count);
  each_text(r, budget, from.ends(), from.octets(), count, [&](std::size_t i, std::string_view text) {
    r.require(read_lone(to.values[i], element(*from.types(), i), element(*from.scalars(), i), text),
              "parameters.values", "not of its type");
  });
}

}  // namespace

Bytes encode(const RequestPayload& value) {
  Builder& b = builder();
  std::vector<Offset<wire::Parameter>> parameters;
  parameters.reserve(value.parameters.size());
  for (const Parameter& parameter : value.parameters) parameters.push_back(put_parameter(b, parameter));
  const auto parameters_offset = put_vector(b, parameters);
  const auto operator_id = put_text(b, value.behalf.operator_id);
  const auto case_number = put_text(b, value.behalf.case_number);
  const auto checkpoint = put_vector(b, value.checkpoint);
  const auto salt = wire_of(value.behalf.salt);
  wire::RequestPayloadBuilder t(b);
  t.add_parameters(parameters_offset);
  t.add_operator_id(operator_id);
  t.add_case_number(case_number);
  t.add_behalf_salt(&salt);
  t.add_checkpoint(checkpoint);
  return finish(b, t.Finish(), kRequestShape);
}

template <>
Result<RequestPayload> decode<RequestPayload>(ByteView bytes) {
  TRY_ASSIGN(const wire::RequestPayload* t, open<wire::RequestPayload>(bytes, kRequestShape));
  Reader r(kRequestShape);
  RequestPayload value;
  const std::size_t count = t->parameters() == nullptr ? 0 : t->parameters()->size();
  Budget budget{bytes.size()};
  if (r.require(count <= kParametersMax, "parameters", "too many"))
    for (std::size_t i = 0; i < count && !r.failed(); ++i)
      read_parameter(r, budget, value.parameters.emplace_back(),
                     *t->parameters()->Get(static_cast<flatbuffers::uoffset_t>(i)));
  r.text(value.behalf.operator_id, t->operator_id(), "operator_id", kBehalfBytesMax, TextRule::kOneLine);
  r.text(value.behalf.case_number, t->case_number(), "case_number", kBehalfBytesMax, TextRule::kOneLine);
  r.octets(value.behalf.salt, t->behalf_salt(), "behalf_salt");
  r.bytes(value.checkpoint, t->checkpoint(), "checkpoint", 0, limits::kNoteBytesMax);
  return r.done(std::move(value));
}

Bytes encode(const AnswerPayload& value) {
  Builder& b = builder();
  const auto columns_offset = put_columns(b, value.rows);
  const auto checkpoint = put_vector(b, value.checkpoint);
  wire::AnswerPayloadBuilder t(b);
  t.add_columns(columns_offset);
  t.add_count(value.rows.count);
  t.add_checkpoint(checkpoint);
  return finish(b, t.Finish(), kAnswerShape);
}

template <>
Result<AnswerPayload> decode<AnswerPayload>(ByteView bytes) {
  TRY_ASSIGN(const wire::AnswerPayload* t, open<wire::AnswerPayload>(bytes, kAnswerShape));
  Reader r(kAnswerShape);
  AnswerPayload value;
  read_rows(r, value.rows, *t, bytes.size());
  r.bytes(value.checkpoint, t->checkpoint(), "checkpoint", 0, limits::kNoteBytesMax);
  return r.done(std::move(value));
}

Bytes encode(const EventPayload& value) {
  Builder& b = builder();
  CHECK(value.ops.size() == value.rows.count && value.keys.size() == value.rows.count);
  Offset<WireVector<std::uint8_t>> ops;
  Offset<WireVector<const wire::Octets16*>> keys;
  if (value.rows.count > 0) {
    std::uint8_t* numbers = nullptr;
    ops = b.CreateUninitializedVector(value.ops.size(), &numbers);
    for (std::size_t i = 0; i < value.ops.size(); ++i) numbers[i] = static_cast<std::uint8_t>(value.ops[i]);
    wire::Octets16* octets = nullptr;
    keys = b.CreateUninitializedVectorOfStructs(value.keys.size(), &octets);
    for (std::size_t i = 0; i < value.keys.size(); ++i)
      std::memcpy(octets + i, value.keys[i].octets.data(), RowKey::kSize);
  }
  const auto columns = put_columns(b, value.rows);
  const auto checkpoint = put_vector(b, value.checkpoint);
  wire::EventPayloadBuilder t(b);
  t.add_ops(ops);
  t.add_keys(keys);
  t.add_columns(columns);
  t.add_count(value.rows.count);
  t.add_checkpoint(checkpoint);
  return finish(b, t.Finish(), kEventShape);
}

template <>
Result<EventPayload> decode<EventPayload>(ByteView bytes) {
  TRY_ASSIGN(const wire::EventPayload* t, open<wire::EventPayload>(bytes, kEventShape));
  Reader r(kEventShape);
  EventPayload value;
  read_rows(r, value.rows, *t, bytes.size());
  const std::size_t count = value.rows.count;
  r.require((t->ops() == nullptr ? 0 : t->ops()->size()) == count, "ops", "not one for each row");
  r.require((t->keys() == nullptr ? 0 : t->keys()->size()) == count, "keys", "not one for each row");
  for (std::size_t i = 0; i < count && !r.failed(); ++i) {
    const auto at = static_cast<flatbuffers::uoffset_t>(i);
    r.number(value.ops.emplace_back(), t->ops()->Get(at), "ops");
    std::memcpy(value.keys.emplace_back().octets.data(), t->keys()->Get(at), RowKey::kSize);
  }
  const auto deleted = [&value](std::size_t i) { return value.ops[i] == RowOp::kDelete; };
  for (const Column& column : value.rows.columns)
    for (std::size_t i = 0; i < column.values.size() && !r.failed(); ++i)
      r.require(!deleted(i) || is_null(column.values[i]), "columns", "a value of a deleted row");
  r.bytes(value.checkpoint, t->checkpoint(), "checkpoint", 0, limits::kNoteBytesMax);
  return r.done(std::move(value));
}

}  // namespace steelyard::schemas
