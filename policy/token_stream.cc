#include "policy/token_stream.h"

namespace steelyard::policy {

Token TokenStream::next() {
  const Token token = peek();
  if (token.kind != Token::Kind::kEnd) ++at_;
  return token;
}

bool TokenStream::take_symbol(std::string_view symbol) {
  if (!peek().is_symbol(symbol)) return false;
  ++at_;
  return true;
}

bool TokenStream::take_word(std::string_view word) {
  if (!peek().is_word(word)) return false;
  ++at_;
  return true;
}

Status TokenStream::want_symbol(std::string_view symbol) {
  if (take_symbol(symbol)) return {};
  return unexpected("`" + std::string(symbol) + "`");
}

Status TokenStream::want_word(std::string_view word) {
  if (take_word(word)) return {};
  return unexpected("`" + std::string(word) + "`");
}

Result<std::string> TokenStream::name(std::string_view what) {
  const Token& token = peek();
  if (token.kind != Token::Kind::kIdentifier) return unexpected(what);
  if (is_reserved_word(token.text)) {
    return fail_at(token.span,
                   "`" + std::string(token.text) + "` is a reserved word and cannot be " + std::string(what));
  }
  return std::string(next().text);
}

Result<std::string> TokenStream::string(std::string_view what) {
  if (peek().kind != Token::Kind::kString) return unexpected(what);
  return read_string(next());
}

Result<std::string> TokenStream::path() {
  TRY_ASSIGN(std::string path, name("a type"));
  while (peek().is_symbol("::") && peek(1).kind == Token::Kind::kIdentifier) {
    next();
    TRY_ASSIGN(const std::string part, name("a part of a type"));
    path += "::" + part;
  }
  return path;
}

Result<EntityUid> TokenStream::entity() {
  if (peek().kind != Token::Kind::kIdentifier) return unexpected("an entity like `Type::\"id\"`");
  TRY_ASSIGN(std::string type, path());
  TRY(want_symbol("::"));
  TRY_ASSIGN(std::string id, string("an entity's id in quotes"));
  return EntityUid(std::move(type), std::move(id));
}

tl::unexpected<Error> TokenStream::unexpected(std::string_view what) const {
  const Token& token = peek();
  if (token.kind == Token::Kind::kSlot) {
    return fail_at(token.span, "`" + std::string(token.text) +
                                   "` cannot stand here; slots have their place in the scope of a template, as "
                                   "`principal == ?principal`");
  }
  std::string found = "the end of the text";
  if (token.kind == Token::Kind::kString) {
    found = "a string";
  } else if (token.kind != Token::Kind::kEnd) {
    found = "`" + std::string(token.text) + "`";
  }
  const std::string hint = token.is_symbol("=") ? "; to compare, write `==`" : "";
  return fail_at(token.span, "expected " + std::string(what) + ", found " + found + hint);
}

}  // namespace steelyard::policy
