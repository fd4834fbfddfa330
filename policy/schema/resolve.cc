#include "policy/schema/resolve.h"

#include <algorithm>

#include "policy/limits.h"
#include "policy/schema/closure.h"
#include "policy/schema/definitions.h"
#include "policy/schema/json_reader.h"
#include "policy/schema/names.h"
#include "policy/schema/parser.h"
#include "policy/schema/type_resolver.h"

namespace steelyard::policy::schema {
namespace {

using validation::ActionSchemaEntry;
using validation::CedarType;
using validation::EntitySchemaEntry;

template <class T>
void sort_unique(std::vector<T>& all) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

class Resolver {
 public:
  Resolver(const Fragment& fragment, Definitions& definitions)
      : fragment_(fragment), definitions_(definitions), types_(definitions) {}

  Result<validation::Schema> run() {
    TRY(types_.common_types(fragment_));
    for (const Namespace& ns : fragment_.namespaces) {
      const auto step = trail_.step(ns.name.text);
      {
        const auto kind = trail_.step("entityTypes");
        for (const EntityTypeDecl& decl : ns.entity_types) TRY(entity_type(ns.name.text, decl));
      }
      const auto kind = trail_.step("actions");
      for (const ActionDecl& decl : ns.actions) TRY(action(ns.name.text, decl));
    }
    TRY(entity_ancestors());
    TRY(action_ancestors());
    return std::move(schema_);
  }

 private:
  Status entity_type(const std::string& ns, const EntityTypeDecl& decl) {
    const auto step = trail_.step(decl.name.text);
    EntitySchemaEntry entry;
    if (!decl.enumerated.empty()) sort_unique(entry.enumerated.emplace(decl.enumerated));
    std::vector<std::size_t> parents;
    {
      const auto inner = trail_.step("memberOfTypes");
      for (const Name& name : decl.parents) {
        TRY_ASSIGN(const std::string parent, types_.entity_type(ns, name, trail_));
        parents.push_back(definitions_.entity_type(parent));
      }
    }
    {
      const auto inner = trail_.step("shape");
      TRY_ASSIGN(entry.attributes, types_.type(ns, decl.shape, trail_));
      if (!entry.attributes.is(CedarType::Kind::kRecord))
        return trail_.fail(decl.shape.place, "the shape of entity type " + shown(decl.name.text) + " is " +
                                                 validation::to_text(entry.attributes) + ": it must be a record");
    }
    if (decl.tags) {
      const auto inner = trail_.step("tags");
      TRY_ASSIGN(entry.tags, types_.type(ns, *decl.tags, trail_));
    }
    const auto [at, fresh] = schema_.entity_types.emplace(qualified(ns, decl.name.text), std::move(entry));
    entities_.push_back(&*at);
    entity_parents_.push_back(std::move(parents));
    return {};
  }

  Status action(const std::string& ns, const ActionDecl& decl) {
    const auto step = trail_.step(decl.name.text);
    ActionSchemaEntry entry;
    std::vector<std::size_t> parents;
    {
      const auto inner = trail_.step("memberOf");
      for (const ActionRef& ref : decl.parents) {
        TRY_ASSIGN(const EntityUid group, definitions_.action(ns, ref, trail_));
        parents.push_back(definitions_.action(group));
      }
    }
    const auto applies = trail_.step("appliesTo");
    TRY_ASSIGN(entry.principals, entity_types(ns, decl.applies_to.principals, "principalTypes"));
    TRY_ASSIGN(entry.resources, entity_types(ns, decl.applies_to.resources, "resourceTypes"));
    const auto context = trail_.step("context");
    TRY_ASSIGN(entry.context, types_.type(ns, decl.applies_to.context, trail_));
    if (!entry.context.is(CedarType::Kind::kRecord))
      return trail_.fail(decl.applies_to.context.place, "the context of action " + shown(decl.name.text) + " is " +
                                                            validation::to_text(entry.context) +
                                                            ": it must be a record");
    const auto [at, fresh] = schema_.actions.emplace(action_uid(ns, decl.name.text), std::move(entry));
    actions_.push_back({&*at, &decl});
    action_parents_.push_back(std::move(parents));
    return {};
  }

  Result<std::vector<std::string>> entity_types(const std::string& ns, const std::vector<Name>& names,
                                                std::string_view key) {
    const auto step = trail_.step(key);
    std::vector<std::string> types;
    for (const Name& name : names) {
      TRY_ASSIGN(std::string type, types_.entity_type(ns, name, trail_));
      types.push_back(std::move(type));
    }
    sort_unique(types);
    return types;
  }

  Status entity_ancestors() {
    const auto reached = closure(std::move(entity_parents_), limits::kSchemaAncestorsMax);
    if (!reached) return too_many("entity types");
    for (std::size_t i = 0; i < entities_.size(); ++i) {
      auto& ancestors = entities_[i]->second.ancestors;
      ancestors.reserve((*reached)[i].size());
      for (const std::size_t ancestor : (*reached)[i]) {
        TRY(definitions_.charge(entities_[ancestor]->first.size()));
        ancestors.push_back(entities_[ancestor]->first);
      }
      std::sort(ancestors.begin(), ancestors.end());
    }
    return {};
  }

  Status action_ancestors() {
    const auto reached = closure(std::move(action_parents_), limits::kSchemaAncestorsMax);
    if (!reached) return too_many("actions");
    for (std::size_t i = 0; i < actions_.size(); ++i) {
      const auto& [entry, decl] = actions_[i];
      if (std::binary_search((*reached)[i].begin(), (*reached)[i].end(), i)) return fail_at_action(*decl, entry->first);
      auto& ancestors = entry->second.ancestors;
      ancestors.reserve((*reached)[i].size());
      for (const std::size_t ancestor : (*reached)[i]) ancestors.push_back(actions_[ancestor].entry->first);
      std::sort(ancestors.begin(), ancestors.end(), validation::UidByText());
    }
    return {};
  }

  static tl::unexpected<Error> fail_at_action(const ActionDecl& decl, const EntityUid& uid) {
    const std::string what =
        "action " + shown(to_source(uid)) + " is in itself: take one of the actions out of the group";
    return decl.name.place.known ? fail_at(decl.name.place.span, what) : fail(ErrorKind::kFix, what);
  }

  static tl::unexpected<Error> too_many(std::string_view what) {
    return fail(ErrorKind::kFix, "the " + std::string(what) + " of this schema have more than " +
                                     std::to_string(limits::kSchemaAncestorsMax) +
                                     " ancestors together: make the chains shorter");
  }

  struct DeclaredAction {
    std::pair<const EntityUid, ActionSchemaEntry>* entry;
    const ActionDecl* decl;
  };

  const Fragment& fragment_;
  Definitions& definitions_;
  TypeResolver types_;
  Trail trail_;
  validation::Schema schema_;
  // In the order of declaration, as Definitions numbers them.
  std::vector<std::pair<const std::string, EntitySchemaEntry>*> entities_;
  std::vector<DeclaredAction> actions_;
  Edges entity_parents_, action_parents_;
};

}  // namespace

Result<validation::Schema> resolve(const Fragment& fragment) {
  TRY_ASSIGN(Definitions definitions, Definitions::of(fragment));
  return Resolver(fragment, definitions).run();
}

Result<validation::Schema> schema_from_cedar(std::string_view text) {
  TRY_ASSIGN(const Fragment fragment, parse_schema(text));
  return resolve(fragment);
}

Result<validation::Schema> schema_from_json(std::string_view text) {
  TRY_ASSIGN(const Fragment fragment, parse_json_schema(text));
  return resolve(fragment);
}

}  // namespace steelyard::policy::schema
