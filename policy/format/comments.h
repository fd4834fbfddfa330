// The comments of a text, each with the token that it stands at.
//
// One on the line of a token that ends there trails it; all others lead the next token, or stand at the end.
// Owns nothing: comments borrow from the source. Threads: any. Errors: none.
#pragma once

#include <string_view>
#include <vector>

#include "policy/lexer.h"

namespace steelyard::policy::format {

struct Commented {
  Token token;
  std::vector<std::string_view> leading;   // a line each, from `//` on
  std::vector<std::string_view> trailing;  // at most one, until tokens are left out
};

// As many as tokens; what leads the last one, kEnd, stands at the end.
std::vector<Commented> with_comments(std::string_view source, const std::vector<Token>& tokens);

}  // namespace steelyard::policy::format
