// Layout: how policies are laid out in lines: their tokens, by the grammar, as a Doc.
//
// The layout is that of the reference's formatter: a scope of more than variables has a line for each, conditions that
// do not fit have their braces on lines of their own, `&&` and `||` end lines, members and methods begin them.
// Owns: the doc; borrows the tokens. Threads: one owner. Errors: none: the tokens are of a text that parses.
#pragma once

#include <vector>

#include "policy/format/comments.h"
#include "policy/format/doc.h"

namespace steelyard::policy::format {

class Layout {
 public:
  Layout(std::vector<Commented> tokens, std::size_t indent) : tokens_(std::move(tokens)), indent_(indent) {}

  bool at_end() const { return peek().token.kind == Token::Kind::kEnd; }
  Docs::Id policy();  // the next one
  const Docs& docs() const { return docs_; }
  const std::vector<std::string_view>& comments_at_end() const { return tokens_.back().leading; }

 private:
  using Id = Docs::Id;

  const Commented& peek(std::size_t ahead = 0) const;
  bool sees(std::string_view symbol_or_word) const;
  Id leading(const Commented& token);
  Id trailing(const Commented& token, Id otherwise);  // what stands after a token without a comment
  Id body(const Commented& token);                    // its text
  Id take();
  Id take(Id otherwise);
  void drop();  // leaves a token out, but not its comments

  Id annotation();
  Id scope();
  Id variable();
  Id condition();
  Id expression();
  Id chain(std::string_view symbol, Id (Layout::*operand)());
  Id disjunction() { return chain("||", &Layout::conjunction); }
  Id conjunction() { return chain("&&", &Layout::relation); }
  Id relation();
  Id terms(std::string_view symbols, Id (Layout::*operand)());
  Id sum() { return terms("+-", &Layout::product); }
  Id product() { return terms("*/%", &Layout::unary); }
  Id unary();
  Id member();
  Id access();
  Id primary();
  Id path();
  Id record();
  Id list(std::string_view close);  // up to it: elements with commas between them

  std::vector<Commented> tokens_;
  std::size_t indent_;
  std::size_t at_ = 0;
  Docs docs_;
};

}  // namespace steelyard::policy::format
