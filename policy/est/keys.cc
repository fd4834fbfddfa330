#include "policy/est/keys.h"

#include <algorithm>

namespace steelyard::policy::est {
namespace {

constexpr std::size_t kShownOctets = 60;
constexpr std::size_t kWayOctets = 300;
constexpr std::string_view kLongWay = "...: ";

}  // namespace

Status want_keys(const json::Value& object, std::initializer_list<std::string_view> needed,
                 std::initializer_list<std::string_view> optional) {
  TRY_ASSIGN(const json::Object* members, object.as_object());
  for (const std::string_view key : needed) TRY(object.at(key));
  const auto is_among = [](std::initializer_list<std::string_view> keys, std::string_view key) {
    return std::find(keys.begin(), keys.end(), key) != keys.end();
  };
  for (const auto& [key, value] : *members)
    if (!is_among(needed, key) && !is_among(optional, key))
      return fail(ErrorKind::kFix, "there is no key " + shown(key) + " here");
  return {};
}

tl::unexpected<Error> fail_in(Error error, std::string_view where) {
  if (error.what.size() < kWayOctets) return fail(std::move(error).in(where));
  if (!error.what.starts_with(kLongWay)) error.what.insert(0, kLongWay);
  return fail(std::move(error));
}

std::string shown(std::string_view text) {
  if (text.size() <= kShownOctets) return "`" + one_line(text) + "`";
  std::size_t end = kShownOctets;  // where a character begins
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return "`" + one_line(text.substr(0, end)) + "...`";
}

}  // namespace steelyard::policy::est
