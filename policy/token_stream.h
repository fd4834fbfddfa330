// TokenStream: the parsers' place in the tokens, and the pieces of grammar that policies and expressions share.
//
// Owns its tokens, which borrow from the source. Threads: one owner. Errors: kFix with line and column.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "policy/entity_uid.h"
#include "policy/lexer.h"

namespace steelyard::policy {

class TokenStream {
 public:
  explicit TokenStream(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& last() const { return tokens_[at_ - 1]; }  // the one taken last
  Token next();
  bool at_end() const { return peek().kind == Token::Kind::kEnd; }
  bool take_symbol(std::string_view symbol);
  bool take_word(std::string_view word);
  Status want_symbol(std::string_view symbol);
  Status want_word(std::string_view word);

  Result<std::string> name(std::string_view what);  // an identifier that is not reserved
  Result<std::string> string(std::string_view what);
  Result<std::string> path();  // `A::B`
  Result<EntityUid> entity();  // `A::B::"id"`

  // "expected WHAT, found `x`" at the next token.
  tl::unexpected<Error> unexpected(std::string_view what) const;

 private:
  std::vector<Token> tokens_;  // the last one is kEnd
  std::size_t at_ = 0;
};

}  // namespace steelyard::policy
