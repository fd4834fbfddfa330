#include "policy/format/comments.h"

#include <algorithm>

namespace steelyard::policy::format {
namespace {

// The comments in what stands between two tokens: white space and comments.
void collect(std::string_view gap, std::vector<std::string_view>& to) {
  while (true) {
    const auto at = gap.find("//");
    if (at == std::string_view::npos) return;
    gap.remove_prefix(at);
    const auto end = std::min(gap.find_first_of("\r\n"), gap.size());
    const std::string_view comment = gap.substr(0, end);
    to.push_back(comment.substr(0, comment.find_last_not_of(" \t\v\f") + 1));
    gap.remove_prefix(end);
  }
}

}  // namespace

std::vector<Commented> with_comments(std::string_view source, const std::vector<Token>& tokens) {
  std::vector<Commented> all;
  all.reserve(tokens.size());
  std::size_t from = 0;
  for (const Token& token : tokens) {
    std::string_view gap = source.substr(from, token.span.offset - from);
    all.push_back({token, {}, {}});
    if (all.size() > 1) {
      const auto end = std::min(gap.find_first_of("\r\n"), gap.size());
      collect(gap.substr(0, end), all[all.size() - 2].trailing);
      gap.remove_prefix(end);
    }
    collect(gap, all.back().leading);
    from = token.span.offset + token.span.length;
  }
  return all;
}

}  // namespace steelyard::policy::format
