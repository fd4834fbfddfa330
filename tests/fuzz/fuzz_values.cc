// Single values as text: ids, octets, times, Cedar's extension values, what databases write, what people type,
// identifiers in SQL. What is read and printed is read again as the same; two readers of one thing agree; comparing is
// an order; and what an owner's adapter takes for a value of a type, the user's side can read.
#include <algorithm>
#include <optional>
#include <string>

#include "adapters/dataset_map.h"
#include "adapters/sql_text.h"
#include "adapters/typed_value.h"
#include "cli/value_text.h"
#include "core/base/utf8.h"
#include "policy/ext/datetime.h"
#include "policy/ext/decimal.h"
#include "policy/ext/ip.h"
#include "policy/wildcard.h"
#include "schemas/codec.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;
using schemas::ValueType;

namespace {

void octets(Input input) {
  const auto text = input.text();
  const auto lower = [](std::string_view from) {
    std::string made(from);
    for (char& c : made) c = static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    return made;
  };
  if (const auto bytes = from_base64(text)) CHECK(to_base64(*bytes) == text);
  if (const auto bytes = from_hex(text)) CHECK(to_hex(*bytes) == lower(text));
  if (const auto id = exchange_id_from_text(text)) CHECK(lower(to_text(*id)) == lower(text));
  CHECK(*from_base64(to_base64(input.rest())) == to_bytes(input.rest()));
  CHECK(*from_hex(to_hex(input.rest())) == to_bytes(input.rest()));
}

void names(Input input) {
  const auto text = input.text();
  const bool name = check_name(text).has_value(), dataset = check_dataset_id(text).has_value();
  CHECK(!(name && dataset));
  if (!dataset) return;
  const MemberId owner = owner_of(DatasetId(std::string(text)));
  CHECK(check_name(owner.text).has_value() && text.starts_with(owner.text + "/"));
  CHECK(check_name(text.substr(owner.text.size() + 1)).has_value());
}

void times(Input input) {
  for (const auto& at : {instant_from_rfc3339(input.text()), adapters::instant_of_source(input.text())})
    if (at) {
      const auto again = instant_from_rfc3339(to_rfc3339(*at));
      CHECK(again.has_value() && *again == *at);
    }
}

void extensions(Input input) {
  using namespace policy::ext;
  const auto text = input.text();
  if (const auto ip = parse_ip(text)) {
    CHECK(parse_ip(to_text(*ip)) == *ip);
    CHECK(is_in_range(*ip, *ip));
  }
  if (const auto decimal = parse_decimal(text)) CHECK(parse_decimal(to_text(*decimal)) == *decimal);
  if (const auto duration = parse_duration(text)) CHECK(parse_duration(to_text(*duration)) == *duration);
  if (const auto datetime = parse_datetime(text)) {
    const auto midnight = to_date(*datetime);
    CHECK(!midnight || (midnight->ms <= datetime->ms && offset(*midnight, {to_time(*datetime).ms}) == *datetime));
    constexpr std::int64_t kYear0Ms = -62'167'219'200'000, kYear10000Ms = 253'402'300'800'000;
    if (datetime->ms >= kYear0Ms && datetime->ms < kYear10000Ms) CHECK(parse_datetime(to_text(*datetime)) == *datetime);
  }
}

void utf8(Input input) {
  auto rest = input.text();
  while (!rest.empty()) {
    const auto point = decode_utf8(rest);
    if (!point) break;
    std::string again;
    append_utf8(again, point->value);
    CHECK(again == rest.substr(0, point->length));
    rest.remove_prefix(point->length);
  }
  CHECK(is_utf8(input.text()) == rest.empty());
}

// A decimal of few digits, in billionths.
std::optional<std::int64_t> billionths(std::string_view text) {
  constexpr std::size_t kDigitsMax = 9;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  std::string fraction(text.substr(std::min(point + 1, text.size())));
  if (digits.size() > kDigitsMax || fraction.size() > kDigitsMax) return {};
  fraction.resize(kDigitsMax, '0');
  const std::int64_t size = std::stoll(digits + fraction);
  return negative ? -size : size;
}

// Two texts of a type, as an owner's source gives them: an answer that holds them is readable, and their order is one.
void typed(Input input) {
  const auto type = static_cast<ValueType>(1 + input.below(8));
  const auto make = [&](std::string_view text) -> schemas::Value {
    const ByteView octets = as_bytes(text);
    std::uint64_t bits = 0;
    std::memcpy(&bits, octets.data(), std::min(octets.size(), sizeof(bits)));
    double real = 0;
    std::memcpy(&real, &bits, sizeof(real));
    switch (type) {
      case ValueType::kBool: return bits % 2 == 1;
      case ValueType::kInt64: return static_cast<std::int64_t>(bits);
      case ValueType::kDouble: return real;
      case ValueType::kBytes: return to_bytes(octets);
      case ValueType::kTimestamp:
        if (const auto at = adapters::instant_of_source(text)) return at->us;
        return {};
      default: return std::string(text);
    }
  };
  const std::string_view all = input.text();
  const std::size_t half = std::min(all.find('\n'), all.size());
  const schemas::Value a = make(all.substr(0, half)), b = make(all.substr(std::min(half + 1, all.size())));
  if (!adapters::fits(type, a) || !adapters::fits(type, b)) return;
  schemas::AnswerPayload payload;
  payload.rows = {{{FieldName("value"), type, {a, b}}}, 2};
  const auto read = schemas::decode<schemas::AnswerPayload>(schemas::encode(payload));
  CHECK(read.has_value() && read->rows == payload.rows);
  if (adapters::is_null(a) || adapters::is_null(b)) return;
  using schemas::Compare;
  const auto holds = [&](Compare compare) { return adapters::matches(type, a, compare, {b}); };
  CHECK(holds(Compare::kLt) + holds(Compare::kEq) + holds(Compare::kGt) == 1);
  CHECK(holds(Compare::kLe) == !holds(Compare::kGt) && holds(Compare::kGe) == !holds(Compare::kLt));
  CHECK(holds(Compare::kEq) == !holds(Compare::kNe) && holds(Compare::kEq) == holds(Compare::kIn));
  CHECK(holds(Compare::kLt) == adapters::matches(type, b, Compare::kGt, {a}));
  if (type != ValueType::kDecimal) return;
  const auto left = billionths(std::get<std::string>(a)), right = billionths(std::get<std::string>(b));
  if (left && right) CHECK(holds(Compare::kLt) == (*left < *right) && holds(Compare::kEq) == (*left == *right));
}

// An identifier of a map stays one identifier of SQL, and what it said.
void identifier(Input input) {
  if (!adapters::check_identifier(input.text())) return;
  const std::string sql = adapters::quoted(input.text());
  CHECK(sql.size() >= 2 && sql.front() == '"' && sql.back() == '"' && sql.find('\0') == std::string::npos);
  std::string said;
  for (std::size_t i = 1; i + 1 < sql.size(); ++i) {
    said += sql[i];
    if (sql[i] != '"') continue;
    CHECK(i + 2 < sql.size() && sql[i + 1] == '"');
    ++i;
  }
  CHECK(said == input.text());
}

bool naive_match(std::span<const std::string> pieces, std::string_view text) {
  if (pieces.size() == 1) return text == pieces[0];
  if (!text.starts_with(pieces[0])) return false;
  text.remove_prefix(pieces[0].size());
  const std::vector<std::string> rest(pieces.begin() + 1, pieces.end());
  for (std::size_t skip = 0; skip <= text.size(); ++skip)
    if (naive_match(rest, text.substr(skip))) return true;
  return false;
}

void wildcard(Input input) {
  std::vector<std::string> pieces(1);
  std::string_view text = input.text().substr(0, 24);
  while (!text.empty() && text.front() != '\n') {
    if (text.front() == '*' && pieces.size() < 5)
      pieces.emplace_back();
    else
      pieces.back() += text.front();
    text.remove_prefix(1);
  }
  if (!text.empty()) text.remove_prefix(1);
  CHECK(policy::Wildcard(pieces).matches(text) == naive_match(pieces, text));
}

// What a person types after --where: what is taken reaches the owner.
void condition(Input input) {
  const auto type_of = [](const FieldName& field) -> std::optional<ValueType> {
    if (field.text.size() > 1) return {};
    return static_cast<ValueType>(1 + static_cast<unsigned char>(field.text[0]) % 8);
  };
  const auto parameter = cli::parse_condition(input.text(), type_of);
  if (!parameter) return;
  CHECK(!parameter->values.empty() && (parameter->values.size() == 1 || parameter->compare == schemas::Compare::kIn));
  schemas::RequestPayload payload;
  payload.parameters = {*parameter};
  const auto read = schemas::decode<schemas::RequestPayload>(schemas::encode(payload));
  CHECK(read.has_value() && read->parameters == payload.parameters);
  static_cast<void>(cli::parse_duration(input.text()));
}

constexpr void (*kReaders[])(Input) = {octets, names, times, extensions, utf8, typed, identifier, wildcard, condition};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
