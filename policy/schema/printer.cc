#include "policy/schema/printer.h"

#include <unordered_set>

#include "policy/entity_uid.h"
#include "policy/schema/names.h"
#include "policy/schema/trail.h"

namespace steelyard::policy::schema {
namespace {

using Kind = TypeExpr::Kind;

std::string name_or_text(const std::string& name) { return is_name(name) ? name : quote(name); }

class Printer {
 public:
  explicit Printer(const Fragment& fragment) : fragment_(fragment) {
    for (const Namespace& ns : fragment.namespaces) {
      for (const auto& decl : ns.common_types) common_types_.insert(qualified(ns.name.text, decl.name.text));
      for (const auto& decl : ns.entity_types) entity_types_.insert(qualified(ns.name.text, decl.name.text));
    }
  }

  Result<std::string> run() {
    for (const Namespace& ns : fragment_.namespaces) {
      const auto step = trail_.step(ns.name.text);
      TRY(one_namespace(ns));
    }
    return std::move(out_);
  }

 private:
  Status one_namespace(const Namespace& ns) {
    namespace_ = ns.name.text;
    if (namespace_.empty()) return declarations(ns);
    blank_line();
    annotations(ns.annotations);
    line("namespace " + namespace_ + " {");
    indent_ += 2;
    first_ = true;
    TRY(declarations(ns));
    indent_ -= 2;
    line("}");
    return {};
  }

  Status declarations(const Namespace& ns) {
    TRY(each(ns.common_types, "commonTypes", [this](const CommonTypeDecl& decl) { return common_type(decl); }));
    TRY(each(ns.entity_types, "entityTypes", [this](const EntityTypeDecl& decl) { return entity_type(decl); }));
    return each(ns.actions, "actions", [this](const ActionDecl& decl) { return action(decl); });
  }

  template <class Decl, class Write>
  Status each(const std::vector<Decl>& decls, std::string_view key, Write&& write) {
    const auto step = trail_.step(key);
    for (const Decl& decl : decls) {
      const auto inner = trail_.step(decl.name.text);
      blank_line();
      annotations(decl.annotations);
      out_.append(indent_, ' ');
      TRY(write(decl));
      out_ += ";\n";
    }
    return {};
  }

  Status common_type(const CommonTypeDecl& decl) {
    out_ += "type " + decl.name.text + " = ";
    return type(decl.type);
  }

  Status entity_type(const EntityTypeDecl& decl) {
    out_ += "entity " + decl.name.text;
    if (!decl.enumerated.empty()) {
      out_ += " enum [";
      for (const std::string& id : decl.enumerated) out_ += (&id == &decl.enumerated.front() ? "" : ", ") + quote(id);
      out_ += "]";
      return {};
    }
    if (!decl.parents.empty()) out_ += " in " + names(decl.parents);
    if (decl.shape.kind != Kind::kRecord)
      return trail_.fail(
          "the shape is no record but a name, which only the JSON form can say: write its attributes out");
    if (!decl.shape.attributes.empty()) {
      out_ += " = ";
      const auto step = trail_.step("shape");
      TRY(type(decl.shape));
    }
    if (decl.tags) {
      out_ += " tags ";
      const auto step = trail_.step("tags");
      TRY(type(*decl.tags));
    }
    return {};
  }

  Status action(const ActionDecl& decl) {
    out_ += "action " + name_or_text(decl.name.text);
    if (!decl.parents.empty()) {
      out_ += " in [";
      for (const ActionRef& ref : decl.parents) {
        if (&ref != &decl.parents.front()) out_ += ", ";
        out_ += ref.type.empty() ? name_or_text(ref.id) : ref.type + "::" + quote(ref.id);
      }
      out_ += "]";
    }
    const AppliesTo& applies = decl.applies_to;
    if (applies.principals.empty() || applies.resources.empty()) return {};
    out_ += " appliesTo {\n";
    indent_ += 2;
    line("principal: " + names(applies.principals) + ",");
    line("resource: " + names(applies.resources) + ",");
    if (applies.context.kind != Kind::kRecord || !applies.context.attributes.empty()) {
      const auto step = trail_.step("appliesTo");
      const auto inner = trail_.step("context");
      out_.append(indent_, ' ') += "context: ";
      TRY(context(applies.context));
      out_ += ",\n";
    }
    indent_ -= 2;
    out_.append(indent_, ' ') += "}";
    return {};
  }

  Status context(const TypeExpr& type) {
    if (type.kind == Kind::kRecord) return this->type(type);
    if (type.kind != Kind::kCommon && type.kind != Kind::kEntityOrCommon)
      return trail_.fail("a context is a record or the name of one");
    out_ += type.name;
    return {};
  }

  Status type(const TypeExpr& type) {
    switch (type.kind) {
      case Kind::kBool: return internal("Bool");
      case Kind::kLong: return internal("Long");
      case Kind::kString: return internal("String");
      case Kind::kExtension: return internal(type.name);
      case Kind::kEntityOrCommon: out_ += type.name; return {};
      case Kind::kEntity: return entity(type.name);
      case Kind::kCommon: return common(type.name);
      case Kind::kRecord: return record(type);
      case Kind::kSet: break;
    }
    out_ += "Set<";
    const auto step = trail_.step("element");
    TRY(this->type(type.element.front()));
    out_ += ">";
    return {};
  }

  Status record(const TypeExpr& record) {
    if (record.attributes.empty()) {
      out_ += "{}";
      return {};
    }
    out_ += "{\n";
    indent_ += 2;
    const auto step = trail_.step("attributes");
    for (const AttributeDecl& attribute : record.attributes) {
      const auto inner = trail_.step(attribute.name);
      annotations(attribute.annotations);
      out_.append(indent_, ' ') += name_or_text(attribute.name);
      out_ += attribute.required ? ": " : "?: ";
      TRY(type(attribute.type));
      out_ += ",\n";
    }
    indent_ -= 2;
    out_.append(indent_, ' ') += "}";
    return {};
  }

  Status internal(std::string_view name) {
    out_.append(kInternalPrefix).append(name);
    return {};
  }

  // Must be an entity type in JSON; a name in Cedar's syntax is looked for among the common types first.
  Status entity(const std::string& name) {
    const std::string here = is_qualified(name) ? name : qualified(namespace_, name);
    const bool declared_here = entity_types_.contains(here);
    const bool hidden = common_types_.contains(name) || (is_builtin(name) && !entity_types_.contains(name));
    if (common_types_.contains(here) || (!declared_here && hidden))
      return trail_.fail("the common type " + shown(name) +
                         " hides the entity type of that name, which only the JSON " +
                         "form can mean: rename one of them");
    out_ += name;
    return {};
  }

  // Must be a common type in JSON; a name in Cedar's syntax may be an entity type of this namespace as well.
  Status common(const std::string& name) {
    const std::string here = is_qualified(name) ? name : qualified(namespace_, name);
    if (common_types_.contains(here) || !entity_types_.contains(here)) {
      out_ += name;
      return {};
    }
    if (!is_qualified(name) && !namespace_.empty() && is_builtin(name) && !common_types_.contains(name))
      return internal(name);
    return trail_.fail("the entity type " + shown(name) + " hides the common type of that name, which only the JSON " +
                       "form can mean: rename one of them");
  }

  static std::string names(const std::vector<Name>& all) {
    std::string list = "[";
    for (const Name& name : all) list += (&name == &all.front() ? "" : ", ") + name.text;
    return list + "]";
  }

  void annotations(const Annotations& all) {
    for (const Annotation& one : all) line("@" + one.name + (one.value.empty() ? "" : "(" + quote(one.value) + ")"));
  }

  void line(std::string_view text) { out_.append(indent_, ' ').append(text) += "\n"; }

  void blank_line() {
    if (!std::exchange(first_, false)) out_ += "\n";
  }

  const Fragment& fragment_;
  std::unordered_set<std::string> common_types_, entity_types_;
  std::string namespace_;
  std::string out_;
  Trail trail_;
  std::size_t indent_ = 0;
  bool first_ = true;
};

}  // namespace

Result<std::string> to_cedar(const Fragment& fragment) { return Printer(fragment).run(); }

}  // namespace steelyard::policy::schema
