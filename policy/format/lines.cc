#include "policy/format/lines.h"

#include <algorithm>

namespace steelyard::policy::format {
namespace {

constexpr std::string_view kBlanks = " \t\r\n\v\f";

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlanks) == std::string_view::npos; }

// Of a text without strings and comments: its first and its last line are parts of lines.
void append_lines(std::string_view text, std::string& to) {
  for (bool is_whole = false; !text.empty(); is_whole = true) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == text.npos ? text.size() : end + 1);
    if (!is_whole || !is_blank(line) || end == text.npos) to += line;
    text.remove_prefix(line.size());
  }
}

// The end of the string or comment that begins at `at`.
std::size_t end_of(std::string_view text, std::size_t at) {
  if (text[at] == '/') return std::min(text.find('\n', at), text.size());
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

}  // namespace

std::string without_empty_lines(std::string_view text) {
  std::string lines;
  lines.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = std::min({text.find('"', at), text.find("//", at), text.size()});
    append_lines(text.substr(at, begin - at), lines);
    if (begin == text.size()) break;
    at = end_of(text, begin);
    lines += text.substr(begin, at - begin);
  }
  const std::size_t first = lines.find_first_not_of(kBlanks);
  if (first == std::string::npos) return {};
  return lines.substr(first, lines.find_last_not_of(kBlanks) + 1 - first);
}

}  // namespace steelyard::policy::format
