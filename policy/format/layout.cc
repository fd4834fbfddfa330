#include "policy/format/layout.h"

#include <algorithm>

namespace steelyard::policy::format {
namespace {

bool is_one_of(const Token& token, std::initializer_list<std::string_view> texts) {
  const bool may = token.kind == Token::Kind::kSymbol || token.kind == Token::Kind::kIdentifier;
  return may && std::find(texts.begin(), texts.end(), token.text) != texts.end();
}

}  // namespace

const Commented& Layout::peek(std::size_t ahead) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }

bool Layout::sees(std::string_view symbol_or_word) const { return is_one_of(peek().token, {symbol_or_word}); }

Docs::Id Layout::leading(const Commented& token) {
  if (token.leading.empty()) return docs_.nothing();
  std::vector<Id> parts{docs_.hard()};
  for (const std::string_view comment : token.leading) {
    parts.push_back(docs_.text(comment));
    parts.push_back(docs_.hard());
  }
  return docs_.all(std::move(parts));
}

Docs::Id Layout::trailing(const Commented& token, Id otherwise) {
  if (token.trailing.empty()) return otherwise;
  std::vector<Id> parts;
  for (const std::string_view comment : token.trailing) {
    parts.push_back(docs_.space());
    parts.push_back(docs_.text(comment));
    parts.push_back(docs_.hard());
  }
  return docs_.all(std::move(parts));
}

// Of a string the quotes, too.
Docs::Id Layout::body(const Commented& token) {
  const std::string_view text = token.token.text;
  if (token.token.kind != Token::Kind::kString) return docs_.text(text);
  return docs_.text({text.data() - 1, text.size() + 2});
}

Docs::Id Layout::take() { return take(docs_.nothing()); }

Docs::Id Layout::take(Id otherwise) {
  const Commented& token = peek();
  const Id doc = docs_.all({leading(token), body(token), trailing(token, otherwise)});
  if (!at_end()) ++at_;
  return doc;
}

void Layout::drop() {
  const Commented& dropped = tokens_[at_++];
  auto& next = tokens_[at_].leading;
  std::vector<std::string_view> all = dropped.leading;
  all.insert(all.end(), dropped.trailing.begin(), dropped.trailing.end());
  next.insert(next.begin(), all.begin(), all.end());
}

Docs::Id Layout::policy() {
  std::vector<Id> parts;
  while (sees("@")) parts.push_back(annotation());
  const Commented effect = peek();
  parts.push_back(leading(effect));
  ++at_;
  const Id word = docs_.all({body(effect), trailing(effect, docs_.nothing())});
  parts.push_back(docs_.group(docs_.all({word, docs_.line(), take()})));
  parts.push_back(scope());
  parts.push_back(take(peek(1).token.is_symbol(";") ? docs_.nothing() : docs_.hard()));
  while (!sees(";")) {
    parts.push_back(condition());
    if (!sees(";")) parts.push_back(docs_.hard());
  }
  parts.push_back(take());
  return docs_.all(std::move(parts));
}

Docs::Id Layout::annotation() {
  std::vector<Id> parts{take()};
  if (!peek(1).token.is_symbol("(")) {
    parts.push_back(take(docs_.hard()));
    return docs_.all(std::move(parts));
  }
  for (int i = 0; i < 3; ++i) parts.push_back(take());  // the name, `(` and the text
  parts.push_back(take(docs_.hard()));
  return docs_.all(std::move(parts));
}

// The three variables, up to the closing parenthesis.
Docs::Id Layout::scope() {
  bool bare = true;  // variables alone share a line
  for (std::size_t ahead = 0; bare && !peek(ahead).token.is_symbol(")"); ++ahead)
    bare = is_one_of(peek(ahead).token, {"principal", "action", "resource", ","});
  const Id between = bare ? docs_.space() : docs_.hard();
  std::vector<Id> parts;
  for (int i = 0; i < 3; ++i) {
    parts.push_back(variable());
    if (i < 2) parts.push_back(take(between));
  }
  if (sees(",")) drop();
  const Id all = docs_.all(std::move(parts));
  if (bare) return docs_.group(docs_.indented(indent_, all));
  return docs_.all({docs_.indented(indent_, docs_.all({docs_.hard(), all})), docs_.hard()});
}

Docs::Id Layout::variable() {
  const Commented name = peek();
  ++at_;
  const Id before = leading(name);
  Id head = docs_.all({body(name), trailing(name, docs_.nothing())});
  if (sees("is")) {
    const Id word = docs_.group(docs_.all({docs_.line(), take()}));
    head = docs_.all({head, docs_.group(docs_.indented(indent_, docs_.all({word, docs_.line(), path()})))});
  }
  if (!is_one_of(peek().token, {"==", "in"})) return docs_.all({before, head});
  const Id op = take();
  const Id left = docs_.group(docs_.all({head, docs_.line(), op}));
  const Id right = docs_.indented(indent_, docs_.all({docs_.line(), expression()}));
  return docs_.all({before, docs_.group(docs_.all({left, right}))});
}

Docs::Id Layout::condition() {
  const Commented word = peek();
  ++at_;
  const Id before = leading(word);
  const Id head = docs_.all({body(word), trailing(word, docs_.nothing()), docs_.line()});
  const Commented open = peek();
  ++at_;
  const Commented& first = peek();
  const Id above = leading(first);  // outside of the group that breaks where the expression does not fit
  tokens_[at_].leading.clear();
  const Id behind = trailing(open, docs_.nothing());
  const Id inner = docs_.indented(indent_, docs_.all({behind, docs_.line(), above, docs_.group(expression())}));
  const Id braced = docs_.group(docs_.all({inner, docs_.line(), take()}));
  return docs_.all({before, docs_.group(docs_.all({head, leading(open), body(open), braced}))});
}

Docs::Id Layout::expression() {
  if (!sees("if")) return disjunction();
  std::vector<Id> parts;
  for (int i = 0; i < 3; ++i) {  // `if`, `then`, `else`
    if (i > 0) parts.push_back(docs_.line());
    parts.push_back(take());
    parts.push_back(docs_.indented(indent_, docs_.all({docs_.line(), expression()})));
  }
  return docs_.group(docs_.all(std::move(parts)));
}

Docs::Id Layout::chain(std::string_view symbol, Id (Layout::*operand)()) {
  std::vector<Id> parts{(this->*operand)()};
  while (sees(symbol)) {
    parts.push_back(docs_.space());
    parts.push_back(take(docs_.line()));
    parts.push_back((this->*operand)());
  }
  return docs_.all(std::move(parts));
}

Docs::Id Layout::relation() {
  const Id left = sum();
  if (sees("has") || sees("like")) {
    const Id op = take();
    return docs_.group(docs_.all({left, docs_.line(), op, docs_.line(), docs_.indented(indent_, sum())}));
  }
  if (sees("is")) {
    const Id op = take();
    const Id type = docs_.indented(indent_, path());
    Id whole = docs_.all({left, docs_.space(), op, docs_.space(), type});
    if (sees("in")) {
      const Id in = take();
      whole = docs_.all({whole, docs_.line(), in, docs_.space(), docs_.indented(indent_, sum())});
    }
    return docs_.group(whole);
  }
  if (!is_one_of(peek().token, {"==", "!=", "<", "<=", ">", ">=", "in"})) return left;
  const Id op = take();
  return docs_.all({left, docs_.space(), op, docs_.space(), sum()});
}

Docs::Id Layout::terms(std::string_view symbols, Id (Layout::*operand)()) {
  std::vector<Id> parts{(this->*operand)()};
  while (peek().token.kind == Token::Kind::kSymbol && peek().token.text.size() == 1 &&
         symbols.find(peek().token.text.front()) != std::string_view::npos) {
    parts.push_back(docs_.space());
    parts.push_back(take());
    parts.push_back(docs_.line());
    parts.push_back((this->*operand)());
  }
  return docs_.group(docs_.all(std::move(parts)));
}

Docs::Id Layout::unary() {
  std::vector<Id> parts;
  while (sees("!") || sees("-")) parts.push_back(take());
  parts.push_back(member());
  return docs_.all(std::move(parts));
}

Docs::Id Layout::member() {
  const Id object = primary();
  std::vector<Id> parts;
  while (is_one_of(peek().token, {".", "(", "["})) {
    if (!parts.empty()) parts.push_back(docs_.soft());
    parts.push_back(access());
  }
  return docs_.group(docs_.all({object, docs_.indented(indent_, docs_.all(std::move(parts)))}));
}

Docs::Id Layout::access() {
  if (sees(".")) {
    const Id dot = take();
    return docs_.all({dot, take()});
  }
  const bool is_call = sees("(");
  const Id open = take();
  if (!is_call) {
    const Id name = list("]");
    return docs_.all({open, name, take()});
  }
  if (sees(")")) return docs_.all({open, take()});
  const Id inner = docs_.indented(indent_, docs_.all({docs_.soft(), list(")")}));
  return docs_.all({open, inner, docs_.soft(), take()});
}

Docs::Id Layout::primary() {
  if (sees("(")) {
    const Id open = take();
    const Id inner = docs_.indented(1, expression());
    return docs_.group(docs_.all({open, inner, take()}));
  }
  if (sees("[")) {
    const Id open = take();
    const Id inner = docs_.indented(1, list("]"));
    return docs_.all({open, inner, take()});
  }
  if (sees("{")) return record();
  return peek().token.kind == Token::Kind::kIdentifier ? path() : take();
}

// A name, a path or an entity.
Docs::Id Layout::path() {
  std::vector<Id> parts{take()};
  while (sees("::")) {
    parts.push_back(take());
    parts.push_back(take());
  }
  return docs_.all(std::move(parts));
}

Docs::Id Layout::list(std::string_view close) {
  std::vector<Id> parts;
  while (!sees(close)) {
    parts.push_back(expression());
    if (!sees(",")) break;
    if (peek(1).token.is_symbol(close)) {
      drop();
      break;
    }
    parts.push_back(take());
    parts.push_back(docs_.line());
  }
  return docs_.all(std::move(parts));
}

Docs::Id Layout::record() {
  const Id open = take();
  if (sees("}")) return docs_.all({open, take()});
  std::vector<Id> parts{docs_.line()};
  while (true) {
    parts.push_back(take());  // the name
    parts.push_back(take());  // `:`
    parts.push_back(docs_.space());
    parts.push_back(expression());
    if (sees(",") && peek(1).token.is_symbol("}")) drop();
    if (!sees(",")) break;
    parts.push_back(take());
    parts.push_back(docs_.line());
  }
  const Id inner = docs_.indented(indent_, docs_.all(std::move(parts)));
  const Id group = docs_.group(docs_.all({inner, docs_.line()}));  // whether or not what is asked of the record breaks
  return docs_.all({open, group, take()});
}

}  // namespace steelyard::policy::format
