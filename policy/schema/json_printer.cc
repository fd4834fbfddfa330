#include "policy/schema/json_printer.h"

#include "policy/schema/names.h"

namespace steelyard::policy::schema {
namespace {

using Kind = TypeExpr::Kind;

void add_annotations(json::Value& to, const Annotations& annotations) {
  if (annotations.empty()) return;
  json::Object members;
  for (const Annotation& one : annotations) members.emplace_back(one.name, one.value);
  to.set("annotations", std::move(members));
}

json::Value names(const std::vector<Name>& all) {
  json::Array items;
  for (const Name& name : all) items.emplace_back(name.text);
  return items;
}

json::Value named(std::string_view type, const std::string& name) {
  return json::object({{"type", type}, {"name", name}});
}

// A common type of this name cannot be named in JSON as such: the reader takes it for a word of its own.
bool is_json_keyword(std::string_view name) { return is_type_keyword(name) || name == "EntityOrCommon"; }

json::Value write(const TypeExpr& type) {
  switch (type.kind) {
    case Kind::kBool: return json::object({{"type", "Boolean"}});
    case Kind::kLong: return json::object({{"type", "Long"}});
    case Kind::kString: return json::object({{"type", "String"}});
    case Kind::kExtension: return named("Extension", type.name);
    case Kind::kEntity: return named("Entity", type.name);
    case Kind::kEntityOrCommon: return named("EntityOrCommon", type.name);
    case Kind::kCommon:
      return is_json_keyword(type.name) ? named("EntityOrCommon", type.name) : json::object({{"type", type.name}});
    case Kind::kSet: return std::move(json::object({{"type", "Set"}}).set("element", write(type.element.front())));
    case Kind::kRecord: break;
  }
  json::Object attributes;
  attributes.reserve(type.attributes.size());
  for (const AttributeDecl& attribute : type.attributes) {
    json::Value value = write(attribute.type);
    add_annotations(value, attribute.annotations);
    if (!attribute.required) value.set("required", false);
    attributes.emplace_back(attribute.name, std::move(value));
  }
  return std::move(json::object({{"type", "Record"}}).set("attributes", std::move(attributes)));
}

bool says_nothing(const TypeExpr& type) { return type.kind == Kind::kRecord && type.attributes.empty(); }

json::Value write(const EntityTypeDecl& decl) {
  json::Value value = json::object();
  if (!decl.parents.empty()) value.set("memberOfTypes", names(decl.parents));
  if (!says_nothing(decl.shape)) value.set("shape", write(decl.shape));
  if (decl.tags) value.set("tags", write(*decl.tags));
  if (!decl.enumerated.empty()) value.set("enum", json::Array(decl.enumerated.begin(), decl.enumerated.end()));
  add_annotations(value, decl.annotations);
  return value;
}

json::Value write(const ActionDecl& decl) {
  const AppliesTo& applies = decl.applies_to;
  json::Value spec =
      json::object({{"resourceTypes", names(applies.resources)}, {"principalTypes", names(applies.principals)}});
  if (!says_nothing(applies.context)) spec.set("context", write(applies.context));
  json::Value value = json::object();
  value.set("appliesTo", std::move(spec));
  if (!decl.parents.empty()) {
    json::Array groups;
    for (const ActionRef& ref : decl.parents) {
      json::Value group = json::object({{"id", ref.id}});
      if (!ref.type.empty()) group.set("type", ref.type);
      groups.push_back(std::move(group));
    }
    value.set("memberOf", std::move(groups));
  }
  add_annotations(value, decl.annotations);
  return value;
}

json::Value write(const Namespace& ns) {
  json::Object common_types, entity_types, actions;
  for (const CommonTypeDecl& decl : ns.common_types) {
    common_types.emplace_back(decl.name.text, write(decl.type));
    add_annotations(common_types.back().second, decl.annotations);
  }
  for (const EntityTypeDecl& decl : ns.entity_types) entity_types.emplace_back(decl.name.text, write(decl));
  for (const ActionDecl& decl : ns.actions) actions.emplace_back(decl.name.text, write(decl));
  json::Object members;
  if (!common_types.empty()) members.emplace_back("commonTypes", std::move(common_types));
  members.emplace_back("entityTypes", std::move(entity_types));
  members.emplace_back("actions", std::move(actions));
  json::Value value(std::move(members));
  add_annotations(value, ns.annotations);
  return value;
}

}  // namespace

json::Value to_json(const Fragment& fragment) {
  json::Object namespaces;
  for (const Namespace& ns : fragment.namespaces) namespaces.emplace_back(ns.name.text, write(ns));
  return namespaces;
}

}  // namespace steelyard::policy::schema
