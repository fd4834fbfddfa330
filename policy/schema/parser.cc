#include "policy/schema/parser.h"

#include <unordered_map>
#include <utility>

#include "policy/limits.h"
#include "policy/schema/names.h"
#include "policy/schema/token_reader.h"

namespace steelyard::policy::schema {
namespace {

// What one namespace has declared so far: name → where.
struct Declared {
  std::unordered_map<std::string, Span> common_types, entity_types, actions;
};

class SchemaParser {
 public:
  explicit SchemaParser(std::vector<Token> tokens) : in_(std::move(tokens)) {}

  Result<Fragment> schema() {
    while (!in_.at_end()) {
      TRY_ASSIGN(Annotations annotations, in_.annotations());
      if (in_.take_word("namespace")) {
        TRY(named_namespace(std::move(annotations)));
      } else {
        TRY(declaration(std::move(annotations), unnamed_, unnamed_declared_));
      }
    }
    const bool any = !unnamed_.common_types.empty() || !unnamed_.entity_types.empty() || !unnamed_.actions.empty();
    if (any) fragment_.namespaces.push_back(std::move(unnamed_));
    return std::move(fragment_);
  }

 private:
  Status named_namespace(Annotations annotations) {
    Namespace ns;
    ns.annotations = std::move(annotations);
    TRY_ASSIGN(ns.name, in_.path("a namespace"));
    TRY(check_declarable(ns.name));
    const auto [other, fresh] = namespaces_.emplace(ns.name.text, ns.name.place.span);
    if (!fresh) return twice("namespace", ns.name, other->second);
    TRY(in_.want_symbol("{"));
    Declared declared;
    while (!in_.take_symbol("}")) {
      TRY_ASSIGN(Annotations of_declaration, in_.annotations());
      TRY(declaration(std::move(of_declaration), ns, declared));
    }
    fragment_.namespaces.push_back(std::move(ns));
    return {};
  }

  Status declaration(Annotations annotations, Namespace& ns, Declared& declared) {
    if (in_.take_word("entity")) return entity_types(std::move(annotations), ns, declared);
    if (in_.take_word("action")) return actions(std::move(annotations), ns, declared);
    if (in_.take_word("type")) return common_type(std::move(annotations), ns, declared);
    return in_.unexpected(&ns == &unnamed_ ? "`entity`, `action`, `type` or `namespace`"
                                           : "`entity`, `action`, `type` or `}`");
  }

  Status common_type(Annotations annotations, Namespace& ns, Declared& declared) {
    CommonTypeDecl decl;
    decl.annotations = std::move(annotations);
    TRY_ASSIGN(decl.name, in_.identifier("a type's name"));
    TRY(check_declarable(decl.name));
    if (is_type_keyword(decl.name.text))
      return fail_at(decl.name.place.span,
                     shown(decl.name.text) + " is a word of the language and cannot be declared: choose another name");
    TRY(in_.want_symbol("="));
    TRY_ASSIGN(decl.type, in_.type());
    TRY(in_.want_symbol(";"));
    TRY(declare("type", decl.name, declared.common_types));
    ns.common_types.push_back(std::move(decl));
    return {};
  }

  Status entity_types(Annotations annotations, Namespace& ns, Declared& declared) {
    std::vector<Name> names;
    do {
      TRY_ASSIGN(Name name, in_.identifier("an entity type's name"));
      TRY(check_declarable(name));
      names.push_back(std::move(name));
    } while (in_.take_symbol(","));
    const Span shared = in_.last().span;
    EntityTypeDecl decl;
    decl.annotations = std::move(annotations);
    if (in_.take_word("enum")) {
      TRY_ASSIGN(decl.enumerated, ids());
    } else {
      TRY(standard_entity(decl));
    }
    TRY(in_.want_symbol(";"));
    TRY(repeat(names, shared, decl.annotations));
    for (Name& name : names) {
      TRY(declare("entity type", name, declared.entity_types));
      ns.entity_types.push_back(decl);
      ns.entity_types.back().name = std::move(name);
    }
    return {};
  }

  Result<std::vector<std::string>> ids() {
    std::vector<std::string> all;
    TRY(in_.want_symbol("["));
    do {
      TRY_ASSIGN(std::string id, in_.text("an entity's id in quotes"));
      all.push_back(std::move(id));
    } while (in_.take_symbol(","));
    if (!in_.take_symbol("]")) return in_.unexpected("`,` or `]`");
    return all;
  }

  Status standard_entity(EntityTypeDecl& decl) {
    if (in_.take_word("in")) {
      TRY_ASSIGN(decl.parents, in_.entity_types());
    }
    if (in_.take_symbol("=") || in_.peek().is_symbol("{")) {
      TRY_ASSIGN(decl.shape, in_.record());
    }
    if (in_.take_word("tags")) {
      TRY_ASSIGN(decl.tags, in_.type());
    }
    return {};
  }

  Status actions(Annotations annotations, Namespace& ns, Declared& declared) {
    std::vector<Name> names;
    do {
      TRY_ASSIGN(Name name, in_.identifier_or_text("an action's name"));
      names.push_back(std::move(name));
    } while (in_.take_symbol(","));
    const Span shared = in_.last().span;
    ActionDecl decl;
    decl.annotations = std::move(annotations);
    if (in_.take_word("in")) {
      TRY_ASSIGN(decl.parents, groups());
    }
    if (in_.take_word("appliesTo")) {
      TRY_ASSIGN(decl.applies_to, applies_to(names.front()));
    }
    if (in_.take_word("attributes")) {  // may be written and has no meaning: actions have no attributes
      TRY(in_.want_symbol("{"));
      TRY(in_.want_symbol("}"));
    }
    TRY(in_.want_symbol(";"));
    TRY(repeat(names, shared, decl.annotations));
    for (Name& name : names) {
      TRY(declare("action", name, declared.actions));
      ns.actions.push_back(decl);
      ns.actions.back().name = std::move(name);
    }
    return {};
  }

  Result<std::vector<ActionRef>> groups() {
    std::vector<ActionRef> all;
    const bool listed = in_.take_symbol("[");
    do {
      TRY_ASSIGN(ActionRef group, in_.action_ref());
      all.push_back(std::move(group));
    } while (listed && in_.take_symbol(","));
    if (listed && !in_.take_symbol("]")) return in_.unexpected("`,` or `]`");
    return all;
  }

  Result<AppliesTo> applies_to(const Name& action) {
    AppliesTo applies;
    bool principal = false, resource = false, context = false;
    TRY(in_.want_symbol("{"));
    do {
      const Token what = in_.peek();
      bool* stood = what.is_word("principal") ? &principal : what.is_word("resource") ? &resource : &context;
      if (stood == &context && !what.is_word("context")) return in_.unexpected("`principal`, `resource` or `context`");
      TRY(in_.want_word(what.text));
      TRY(in_.want_symbol(":"));
      if (std::exchange(*stood, true))
        return fail_at(what.span,
                       shown(what.text) + " stands twice for action " + shown(action.text) + ": list all types in one");
      if (stood == &context) {
        TRY_ASSIGN(applies.context, context_type());
      } else {
        auto& types = stood == &principal ? applies.principals : applies.resources;
        TRY_ASSIGN(types, in_.entity_types());
        if (types.empty())
          return fail_at(what.span,
                         shown(what.text) + " of action " + shown(action.text) +
                             " is an empty list: name an entity type, or leave `appliesTo` out for an action "
                             "that only groups others");
      }
    } while (in_.take_symbol(",") && !in_.peek().is_symbol("}"));
    if (!in_.take_symbol("}")) return in_.unexpected("`,` or `}`");
    if (!principal || !resource)
      return fail_at(action.place.span, "action " + shown(action.text) + " has no `" +
                                            (principal ? "resource" : "principal") +
                                            "` in its `appliesTo`: both must be there");
    return applies;
  }

  Result<TypeExpr> context_type() {
    if (in_.peek().is_symbol("{")) return in_.record();
    TRY_ASSIGN(Name name, in_.path("a record or the name of a type"));
    TypeExpr type;
    type.kind = TypeExpr::Kind::kCommon;
    type.name = std::move(name.text);
    type.place = name.place;
    return type;
  }

  Status check_declarable(const Name& name) const {
    if (!is_internal(name.text)) return {};
    return fail_at(name.place.span,
                   shown(name.text) + " is reserved, as every name with `__cedar` in it: choose another name");
  }

  tl::unexpected<Error> twice(std::string_view what, const Name& name, const Span& first) const {
    return fail_at(name.place.span, std::string(what) + " " + shown(name.text) + " is declared already at " +
                                        to_text(first) + ": leave one of them out");
  }

  Status declare(std::string_view what, const Name& name, std::unordered_map<std::string, Span>& among) const {
    const auto [other, fresh] = among.emplace(name.text, name.place.span);
    if (!fresh) return twice(what, name, other->second);
    return {};
  }

  // What a declaration says of all its names is repeated for each of them.
  Status repeat(const std::vector<Name>& names, const Span& from, const Annotations& annotations) {
    if (names.size() == 1) return {};
    std::size_t each = join(from, in_.last().span).length;
    for (const Annotation& one : annotations) each += one.name.size() + one.value.size();
    repeated_bytes_ += names.size() * each;
    if (repeated_bytes_ <= limits::kSchemaRepeatedBytesMax) return {};
    return fail_at(names.front().place.span, "declarations of several names come to more than " +
                                                 std::to_string(limits::kSchemaRepeatedBytesMax) +
                                                 " octets: give what they share a name of its own");
  }

  TokenReader in_;
  Fragment fragment_;
  Namespace unnamed_;
  Declared unnamed_declared_;
  std::unordered_map<std::string, Span> namespaces_;
  std::size_t repeated_bytes_ = 0;
};

}  // namespace

Result<Fragment> parse_schema(std::string_view text) {
  TRY_ASSIGN(auto tokens, tokenize(text, limits::kSchemaBytesMax));
  return SchemaParser(std::move(tokens)).schema();
}

}  // namespace steelyard::policy::schema
