#include "policy/schema/names.h"

#include <algorithm>

#include "policy/lexer.h"
#include "policy/span.h"

namespace steelyard::policy::schema {
namespace {

constexpr std::size_t kShownBytesMax = 80;

// Each part of a path in turn, until `is_wanted` says no.
template <class Predicate>
bool all_parts(std::string_view path, Predicate&& is_wanted) {
  while (true) {
    const auto end = path.find("::");
    if (!is_wanted(path.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    path.remove_prefix(end + 2);
  }
}

}  // namespace

bool is_name(std::string_view text) { return is_identifier(text) && (!is_reserved_word(text) || text == "__cedar"); }

bool is_path(std::string_view text) { return all_parts(text, is_name); }

bool is_internal(std::string_view path) {
  return !all_parts(path, [](std::string_view part) { return part != "__cedar"; });
}

bool is_type_keyword(std::string_view name) {
  static constexpr std::string_view kKeywords[] = {"Bool", "Boolean", "Entity", "Extension",
                                                   "Long", "Record",  "Set",    "String"};
  return std::find(std::begin(kKeywords), std::end(kKeywords), name) != std::end(kKeywords);
}

bool is_extension(std::string_view name) {
  return name == "datetime" || name == "duration" || name == "decimal" || name == "ipaddr";
}

bool is_builtin(std::string_view name) {
  return name == "Bool" || name == "Long" || name == "String" || is_extension(name);
}

std::string qualified(std::string_view ns, std::string_view name) {
  std::string path(ns);
  if (!path.empty()) path += "::";
  return path.append(name);
}

std::string shorten(std::string_view text) {
  if (text.size() <= kShownBytesMax) return one_line(text);
  std::size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
  return one_line(text.substr(0, end)) + "…";
}

}  // namespace steelyard::policy::schema
