#include "policy/schema/json_reader.h"

#include "policy/limits.h"
#include "policy/schema/json_type_reader.h"
#include "policy/schema/names.h"

namespace steelyard::policy::schema {
namespace {

// A level of types takes two of JSON: the record or set, and what stands in it.
constexpr json::Limits kLimits{limits::kSchemaBytesMax, 2 * limits::kTypeDepthMax + 16};

class JsonReader : JsonTypeReader {
 public:
  Result<Fragment> schema(const json::Value& document) {
    Fragment fragment;
    TRY_ASSIGN(const json::Object* namespaces, object(document));
    for (const auto& [name, content] : *namespaces) {
      const auto step = trail_.step(name);
      if (!name.empty()) TRY(want_declarable_path(name));
      TRY_ASSIGN(Namespace ns, one_namespace(content));
      ns.name.text = name;
      if (name.empty() && !ns.annotations.empty())
        return trail_.fail("what stands outside of any namespace has no `annotations`: leave them out");
      fragment.namespaces.push_back(std::move(ns));
    }
    return fragment;
  }

 private:
  Result<Namespace> one_namespace(const json::Value& value) {
    Namespace ns;
    TRY(only(value, {"commonTypes", "entityTypes", "actions", "annotations"}));
    TRY_ASSIGN(ns.annotations, annotations_of(value));
    if (value.find("commonTypes") != nullptr) {
      TRY(each(value, "commonTypes", [&](const std::string& name, const json::Value& content) -> Status {
        TRY_ASSIGN(CommonTypeDecl decl, common_type(name, content));
        ns.common_types.push_back(std::move(decl));
        return {};
      }));
    }
    TRY(each(value, "entityTypes", [&](const std::string& name, const json::Value& content) -> Status {
      TRY_ASSIGN(EntityTypeDecl decl, entity_type(name, content));
      ns.entity_types.push_back(std::move(decl));
      return {};
    }));
    TRY(each(value, "actions", [&](const std::string& name, const json::Value& content) -> Status {
      TRY_ASSIGN(ActionDecl decl, action(name, content));
      ns.actions.push_back(std::move(decl));
      return {};
    }));
    return ns;
  }

  template <class Read>
  Status each(const json::Value& value, std::string_view key, Read&& read) {
    TRY_ASSIGN(const json::Value* found, member(value, key));
    const auto step = trail_.step(key);
    TRY_ASSIGN(const json::Object* entries, object(*found));
    for (const auto& [name, content] : *entries) {
      const auto inner = trail_.step(name);
      TRY(read(name, content));
    }
    return {};
  }

  Result<CommonTypeDecl> common_type(const std::string& name, const json::Value& value) {
    TRY(want_declarable(name));
    if (is_type_keyword(name))
      return trail_.fail(shown(name) + " is a word of the language and cannot be declared: choose another name");
    CommonTypeDecl decl;
    decl.name.text = name;
    TRY_ASSIGN(decl.annotations, annotations_of(value));
    TRY_ASSIGN(decl.type, type(value, {"annotations"}));
    return decl;
  }

  Result<EntityTypeDecl> entity_type(const std::string& name, const json::Value& value) {
    TRY(want_declarable(name));
    EntityTypeDecl decl;
    decl.name.text = name;
    if (value.find("enum") != nullptr) {
      TRY(only(value, {"enum", "annotations"}));
      TRY_ASSIGN(decl.enumerated, texts(value, "enum"));
      if (decl.enumerated.empty()) return trail_.fail("`enum` is empty: name at least one entity's id");
    } else {
      TRY(only(value, {"memberOfTypes", "shape", "tags", "annotations"}));
      if (value.find("memberOfTypes") != nullptr) {
        TRY_ASSIGN(decl.parents, names(value, "memberOfTypes"));
      }
      if (const json::Value* shape = value.find("shape"); shape != nullptr) {
        const auto step = trail_.step("shape");
        TRY_ASSIGN(decl.shape, type(*shape));
      }
      if (const json::Value* tags = value.find("tags"); tags != nullptr) {
        const auto step = trail_.step("tags");
        TRY_ASSIGN(decl.tags, type(*tags));
      }
    }
    TRY_ASSIGN(decl.annotations, annotations_of(value));
    return decl;
  }

  Result<ActionDecl> action(const std::string& name, const json::Value& value) {
    TRY(only(value, {"appliesTo", "memberOf", "attributes", "annotations"}));
    ActionDecl decl;
    decl.name.text = name;
    TRY_ASSIGN(decl.annotations, annotations_of(value));
    if (given(value, "attributes") != nullptr) return trail_.fail("actions have no attributes: leave `attributes` out");
    if (given(value, "memberOf") != nullptr) {
      TRY_ASSIGN(decl.parents, groups(value));
    }
    if (const json::Value* applies = given(value, "appliesTo"); applies != nullptr) {
      const auto step = trail_.step("appliesTo");
      TRY(only(*applies, {"principalTypes", "resourceTypes", "context"}));
      TRY_ASSIGN(decl.applies_to.principals, names(*applies, "principalTypes"));
      TRY_ASSIGN(decl.applies_to.resources, names(*applies, "resourceTypes"));
      if (const json::Value* context = applies->find("context"); context != nullptr) {
        const auto inner = trail_.step("context");
        TRY_ASSIGN(decl.applies_to.context, type(*context));
      }
    }
    return decl;
  }

  Result<std::vector<ActionRef>> groups(const json::Value& value) {
    std::vector<ActionRef> all;
    TRY_ASSIGN(const json::Array* items, array(value, "memberOf"));
    const auto step = trail_.step("memberOf");
    for (const auto& item : *items) {
      const auto inner = trail_.step(all.size());
      TRY(only(item, {"id", "type"}));
      ActionRef ref;
      TRY_ASSIGN(ref.id, text(item, "id"));
      if (given(item, "type") != nullptr) {
        TRY_ASSIGN(ref.type, path(item, "type"));
      }
      all.push_back(std::move(ref));
    }
    return all;
  }
};

}  // namespace

Result<Fragment> read_json_schema(const json::Value& document) { return JsonReader().schema(document); }

Result<Fragment> parse_json_schema(std::string_view text) {
  TRY_ASSIGN(const json::Value document, json::parse(text, kLimits));
  return read_json_schema(document);
}

}  // namespace steelyard::policy::schema
