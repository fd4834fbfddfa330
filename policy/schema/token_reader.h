// TokenReader: the pieces of grammar that declarations of a schema share: names, paths, lists, annotations, types.
//
// Owns its tokens, which borrow from the source. Threads: one owner. Errors: kFix with line and column.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "policy/schema/fragment.h"
#include "policy/token_stream.h"

namespace steelyard::policy::schema {

class TokenReader {
 public:
  explicit TokenReader(std::vector<Token> tokens) : in_(std::move(tokens)) {}

  const Token& peek() const { return in_.peek(); }
  const Token& last() const { return in_.last(); }
  bool at_end() const { return in_.at_end(); }
  bool take_symbol(std::string_view symbol) { return in_.take_symbol(symbol); }
  bool take_word(std::string_view word) { return in_.take_word(word); }
  Status want_symbol(std::string_view symbol);
  Status want_word(std::string_view word);

  Result<Name> identifier(std::string_view what);  // reserved words must be quoted, where text may stand
  Result<Name> identifier_or_text(std::string_view what);
  Result<std::string> text(std::string_view what);
  Result<Name> path(std::string_view what);  // `A::B`
  Result<std::vector<Name>> entity_types();  // `A::B` or `[A::B, C]`
  Result<ActionRef> action_ref();            // `view`, `"view"` or `A::Action::"view"`
  Result<Annotations> annotations();
  Result<TypeExpr> type();
  Result<TypeExpr> record();  // begins with `{`

  // "expected WHAT, found `x`" at the next token.
  tl::unexpected<Error> unexpected(std::string_view what) const;

 private:
  Result<AttributeDecl> attribute();
  Status deeper(const Token& at);

  TokenStream in_;
  std::size_t depth_ = 0;
};

inline Place from(const Token& first, const Token& last) { return {join(first.span, last.span), true}; }

}  // namespace steelyard::policy::schema
