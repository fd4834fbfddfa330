#include "core/exchange/mask.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "core/base/check.h"
#include "core/base/utf8.h"
#include "core/crypto/hash.h"

namespace steelyard::exchange {
namespace {

using schemas::Value;
using schemas::ValueType;

constexpr std::size_t kCharactersMax = 64;  // more hides nothing of a name, an address or a number
constexpr std::size_t kDivisionDigits = 6;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

int number_of(std::string_view digits) {
  int number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

bool is_day(int year, std::string_view month_and_day) {
  using namespace std::chrono;
  return year_month_day(std::chrono::year(year), month(static_cast<unsigned>(number_of(month_and_day.substr(0, 2)))),
                        day(static_cast<unsigned>(number_of(month_and_day.substr(2, 2)))))
      .ok();
}

// Of a division code or a resident's id number; nothing for any other text.
Value region_of(std::string_view text) {
  const bool resident_18 = text.size() == 18 && (text.back() == 'X' || all_digits(text.substr(17))) &&
                           all_digits(text.substr(0, 17)) && is_day(number_of(text.substr(6, 4)), text.substr(10, 4));
  // Those of 15 digits were given out in the twentieth century.
  const bool resident_15 =
      text.size() == 15 && all_digits(text) && is_day(1900 + number_of(text.substr(6, 2)), text.substr(8, 4));
  const bool division = (text.size() == 6 || text.size() == 9 || text.size() == 12) && all_digits(text);
  if (!resident_18 && !resident_15 && !division) return {};
  return std::string(text.substr(0, kDivisionDigits));
}

// Where the character after the first `count` begins; nothing where there is none, or the text is no UTF-8.
std::optional<std::size_t> after(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) {
    const auto character = decode_utf8(text.substr(at));
    if (!character) return {};
    at += character->length;
  }
  if (count > 0 || at == text.size()) return {};
  return at;
}

std::size_t characters_in(std::string_view text) {  // of UTF-8
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Value keep_first(const std::string& text, std::size_t count) {
  if (!is_utf8(text)) return {};
  const auto end = after(text, count);
  return end ? text.substr(0, *end) + "*" : "*";
}

Value keep_last(const std::string& text, std::size_t count) {
  if (!is_utf8(text)) return {};
  const std::size_t all = characters_in(text);
  if (all <= count) return std::string("*");
  const auto begin = after(text, all - count);
  return "*" + text.substr(*begin);
}

Value year_of(ValueType type, const Value& value) {
  if (type == ValueType::kDate) return std::get<std::string>(value).substr(0, 4) + "-01-01";
  using namespace std::chrono;
  const auto at = sys_time<microseconds>(microseconds(std::get<std::int64_t>(value)));
  const year_month_day day(floor<days>(at));
  const sys_days first = day.year() / January / 1;
  return std::int64_t{duration_cast<microseconds>(first.time_since_epoch()).count()};
}

Value hash_of(const Value& value, const Digest& key) {
  if (const auto* text = std::get_if<std::string>(&value))
    return to_hex(crypto::keyed_hash(key.view(), as_bytes(*text)).view());
  return to_bytes(crypto::keyed_hash(key.view(), std::get<Bytes>(value)).view());
}

std::optional<std::size_t> count_in(std::string_view digits) {
  std::size_t count = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  const bool whole = failed == std::errc() && end == digits.data() + digits.size() && digits.front() != '0';
  if (!whole || count > kCharactersMax) return {};
  return count;
}

}  // namespace

Digest mask_key(ByteView secret, const AgreementId& agreement, const MemberId& user, const DatasetId& dataset) {
  Bytes text = to_bytes(as_bytes("steelyard/mask-key/v1"));
  const auto add = [&text](std::string_view part) {
    text.push_back(0);
    append(text, as_bytes(part));
  };
  add(agreement.empty() ? "user" : "agreement");
  if (agreement.empty()) {
    add(user.text);
    add(dataset.text);
  } else {
    add(agreement.text);
  }
  return crypto::keyed_hash(secret, text);
}

bool MaskRule::stands_on(ValueType type) const {
  switch (kind_) {
    case Kind::kKeepFirst:
    case Kind::kKeepLast:
    case Kind::kRegion: return type == ValueType::kString;
    case Kind::kYear: return type == ValueType::kDate || type == ValueType::kTimestamp;
    case Kind::kHash: return type == ValueType::kString || type == ValueType::kBytes;
    case Kind::kNull: return true;
  }
  return false;
}

Value MaskRule::apply(ValueType type, const Value& value, const Digest& key) const {
  CHECK(stands_on(type));
  if (std::holds_alternative<std::monostate>(value)) return {};
  switch (kind_) {
    case Kind::kKeepFirst: return keep_first(std::get<std::string>(value), characters_);
    case Kind::kKeepLast: return keep_last(std::get<std::string>(value), characters_);
    case Kind::kYear: return year_of(type, value);
    case Kind::kRegion: return region_of(std::get<std::string>(value));
    case Kind::kHash: return hash_of(value, key);
    case Kind::kNull: break;
  }
  return {};
}

Result<MaskRule> mask_named(std::string_view name) {
  using Kind = MaskRule::Kind;
  for (const auto& [prefix, kind] : {std::pair{std::string_view("keep-first-"), Kind::kKeepFirst},
                                     std::pair{std::string_view("keep-last-"), Kind::kKeepLast}})
    if (name.size() > prefix.size() && name.starts_with(prefix))
      if (const auto count = count_in(name.substr(prefix.size()))) return MaskRule(kind, *count);
  if (name == "year") return MaskRule(Kind::kYear, 0);
  if (name == "region") return MaskRule(Kind::kRegion, 0);
  if (name == "hash") return MaskRule(Kind::kHash, 0);
  if (name == kNullMask) return MaskRule(Kind::kNull, 0);
  return fail(ErrorKind::kFix, "there is no mask `" + std::string(name) +
                                   "`: write keep-first-N or keep-last-N (N from 1 to 64), year, region, hash or null");
}

Status check_mask(std::string_view name, ValueType type) {
  TRY_ASSIGN(const MaskRule rule, mask_named(name));
  if (rule.stands_on(type)) return {};
  return fail(ErrorKind::kFix, "mask `" + std::string(name) + "` does not stand on type " + std::string(name_of(type)) +
                                   ": null stands on every type, year on date and timestamp, hash on string and bytes, "
                                   "the others on string");
}

std::string joint_mask(const std::string& one, const std::string& other) {
  if (one.empty() || one == other) return other;
  return other.empty() ? one : std::string(kNullMask);
}

}  // namespace steelyard::exchange
