#include "policy/schema/token_reader.h"

#include <unordered_set>

#include "policy/limits.h"
#include "policy/schema/names.h"

namespace steelyard::policy::schema {

Status TokenReader::want_symbol(std::string_view symbol) {
  if (take_symbol(symbol)) return {};
  return unexpected("`" + std::string(symbol) + "`");
}

Status TokenReader::want_word(std::string_view word) {
  if (take_word(word)) return {};
  return unexpected("`" + std::string(word) + "`");
}

Result<Name> TokenReader::identifier(std::string_view what) {
  const Token token = peek();
  if (token.kind != Token::Kind::kIdentifier) return unexpected(what);
  if (!is_name(token.text))
    return fail_at(token.span, shown(token.text) + " is a reserved word and cannot be " + std::string(what));
  if (token.text.size() > limits::kSchemaNameBytesMax)
    return fail_at(token.span, shown(token.text) + " is too long for a name");
  in_.next();
  return Name{std::string(token.text), {token.span, true}};
}

Result<Name> TokenReader::identifier_or_text(std::string_view what) {
  const Token token = peek();
  if (token.kind == Token::Kind::kString) {
    TRY_ASSIGN(std::string read, text(what));
    return Name{std::move(read), {token.span, true}};
  }
  if (token.kind == Token::Kind::kIdentifier && !is_name(token.text))
    return fail_at(token.span,
                   shown(token.text) + " is a reserved word: write it in quotes to make it " + std::string(what));
  return identifier(what);
}

Result<std::string> TokenReader::text(std::string_view what) {
  if (peek().kind != Token::Kind::kString) return unexpected(what);
  return read_string(in_.next());
}

Result<Name> TokenReader::path(std::string_view what) {
  TRY_ASSIGN(Name path, identifier(what));
  while (take_symbol("::")) {
    TRY_ASSIGN(const Name part, identifier("a name after `::`"));
    path.text.append("::").append(part.text);
    path.place.span = join(path.place.span, part.place.span);
    if (path.text.size() > limits::kSchemaNameBytesMax)
      return fail_at(path.place.span, shown(path.text) + " is too long for a name");
  }
  return path;
}

Result<std::vector<Name>> TokenReader::entity_types() {
  std::vector<Name> types;
  const bool listed = take_symbol("[");
  if (listed && take_symbol("]")) return types;
  do {
    TRY_ASSIGN(Name type, path("an entity type"));
    types.push_back(std::move(type));
  } while (listed && take_symbol(","));
  if (listed && !take_symbol("]")) return unexpected("`,` or `]`");
  return types;
}

Result<ActionRef> TokenReader::action_ref() {
  const Token first = peek();
  TRY_ASSIGN(Name name, identifier_or_text("an action"));
  ActionRef ref{{}, std::move(name.text), name.place};
  if (first.kind == Token::Kind::kString || !peek().is_symbol("::")) return ref;
  ref.type = std::move(ref.id);
  while (take_symbol("::")) {
    if (peek().kind == Token::Kind::kString) {
      TRY_ASSIGN(ref.id, text("an action's id in quotes"));
      ref.place = from(first, last());
      return ref;
    }
    if (peek().kind != Token::Kind::kIdentifier) break;
    TRY_ASSIGN(const Name part, identifier("a part of an action's type"));
    ref.type.append("::").append(part.text);
    if (ref.type.size() > limits::kSchemaNameBytesMax)
      return fail_at(part.place.span, shown(ref.type) + " is too long for a name");
  }
  return unexpected("an action's id in quotes, as in `Action::\"view\"`");
}

Result<Annotations> TokenReader::annotations() {
  Annotations all;
  std::unordered_set<std::string_view> names;
  while (take_symbol("@")) {
    const Token name = peek();
    if (name.kind != Token::Kind::kIdentifier) return unexpected("an annotation's name");
    in_.next();
    Annotation annotation{std::string(name.text), {}};
    if (take_symbol("(")) {
      TRY_ASSIGN(annotation.value, text("an annotation's text in quotes"));
      TRY(want_symbol(")"));
    }
    if (!names.insert(name.text).second)
      return fail_at(name.span, "annotation " + shown(name.text) + " stands twice: leave one of them out");
    all.push_back(std::move(annotation));
  }
  return all;
}

Result<TypeExpr> TokenReader::type() {
  const Token first = peek();
  if (first.is_symbol("{")) return record();
  TypeExpr type;
  if (first.is_word("Set") && in_.peek(1).is_symbol("<")) {
    in_.next();
    in_.next();
    TRY(deeper(first));
    TRY_ASSIGN(TypeExpr element, this->type());
    --depth_;
    TRY(want_symbol(">"));
    type.kind = TypeExpr::Kind::kSet;
    type.element.push_back(std::move(element));
    type.place = from(first, last());
    return type;
  }
  TRY_ASSIGN(Name name, path("a type"));
  type.kind = TypeExpr::Kind::kEntityOrCommon;
  type.name = std::move(name.text);
  type.place = name.place;
  return type;
}

Result<TypeExpr> TokenReader::record() {
  const Token first = peek();
  TRY(want_symbol("{"));
  TRY(deeper(first));
  TypeExpr record;
  record.kind = TypeExpr::Kind::kRecord;
  std::unordered_set<std::string> names;
  while (!take_symbol("}")) {
    TRY_ASSIGN(AttributeDecl attribute, this->attribute());
    if (!names.insert(attribute.name).second)
      return fail_at(attribute.place.span,
                     "attribute " + shown(attribute.name) + " stands twice in this record: leave one of them out");
    record.attributes.push_back(std::move(attribute));
    if (!take_symbol(",") && !peek().is_symbol("}")) return unexpected("`,` or `}`");
  }
  --depth_;
  record.place = from(first, last());
  return record;
}

// After an error nothing is read, so that only what succeeds comes up again.
Status TokenReader::deeper(const Token& at) {
  if (++depth_ < limits::kTypeDepthMax) return {};
  return fail_at(at.span, "types are nested more than " + std::to_string(limits::kTypeDepthMax) + " deep");
}

Result<AttributeDecl> TokenReader::attribute() {
  AttributeDecl attribute;
  TRY_ASSIGN(attribute.annotations, annotations());
  TRY_ASSIGN(Name name, identifier_or_text("an attribute"));
  attribute.name = std::move(name.text);
  attribute.place = name.place;
  if (peek().kind == Token::Kind::kSlot && peek().text == "?") {  // what the lexer makes of a lone question mark
    in_.next();
    attribute.required = false;
  }
  TRY(want_symbol(":"));
  TRY_ASSIGN(attribute.type, type());
  return attribute;
}

tl::unexpected<Error> TokenReader::unexpected(std::string_view what) const {
  const Token& token = peek();
  std::string found = "the end of the text";
  if (token.kind == Token::Kind::kString) {
    found = "a string";
  } else if (token.kind != Token::Kind::kEnd) {
    found = shown(token.text);
  }
  return fail_at(token.span, "expected " + std::string(what) + ", found " + found);
}

}  // namespace steelyard::policy::schema
