#include "policy/schema/definitions.h"

#include "policy/limits.h"
#include "policy/schema/names.h"

namespace steelyard::policy::schema {
namespace {

using Kind = Definitions::Found::Kind;

}  // namespace

EntityUid action_uid(std::string_view ns, const std::string& id) { return {qualified(ns, "Action"), id}; }

Result<Definitions> Definitions::of(const Fragment& fragment) {
  Definitions definitions;
  Trail trail;
  for (const Namespace& ns : fragment.namespaces) {
    const auto step = trail.step(ns.name.text);
    TRY(definitions.declare(ns, trail));
  }
  for (const Namespace& ns : fragment.namespaces) {
    const auto step = trail.step(ns.name.text);
    if (!ns.name.text.empty()) TRY(definitions.check_shadowing(ns, trail));
  }
  return definitions;
}

Status Definitions::declare(const Namespace& ns, Trail& trail) {
  const auto twice = [&trail](std::string_view what, const Name& name) {
    return trail.fail(name.place,
                      std::string(what) + " " + shown(name.text) + " is declared twice: leave one of them out");
  };
  for (const CommonTypeDecl& decl : ns.common_types) {
    const auto step = trail.step("commonTypes");
    std::string name = qualified(ns.name.text, decl.name.text);
    TRY(charge(name.size()));
    if (!common_types_.emplace(std::move(name), common_types_.size()).second) return twice("type", decl.name);
  }
  for (const EntityTypeDecl& decl : ns.entity_types) {
    const auto step = trail.step("entityTypes");
    if (decl.name.text == "Action")
      return trail.fail(decl.name.place, "`Action` is the type of actions and cannot be declared: choose another name");
    std::string name = qualified(ns.name.text, decl.name.text);
    TRY(charge(name.size()));
    if (!entity_types_.emplace(std::move(name), entity_types_.size()).second) return twice("entity type", decl.name);
  }
  for (const ActionDecl& decl : ns.actions) {
    const auto step = trail.step("actions");
    TRY(charge(ns.name.text.size() + decl.name.text.size()));
    if (!actions_.emplace(action_uid(ns.name.text, decl.name.text), actions_.size()).second)
      return twice("action", decl.name);
  }
  if (!ns.actions.empty()) action_types_.insert(qualified(ns.name.text, "Action"));
  return {};
}

Status Definitions::check_shadowing(const Namespace& ns, Trail& trail) const {
  const auto hides = [&](const Name& name) {
    return trail.fail(name.place, shown(qualified(ns.name.text, name.text)) + " hides the " + shown(name.text) +
                                      " that stands outside of any namespace: rename one of them");
  };
  const auto outside = [this](const Name& name) {
    return common_types_.contains(name.text) || entity_types_.contains(name.text);
  };
  for (const CommonTypeDecl& decl : ns.common_types) {
    const auto step = trail.step("commonTypes");
    if (outside(decl.name)) return hides(decl.name);
  }
  for (const EntityTypeDecl& decl : ns.entity_types) {
    const auto step = trail.step("entityTypes");
    if (outside(decl.name)) return hides(decl.name);
  }
  for (const ActionDecl& decl : ns.actions) {
    const auto step = trail.step("actions");
    if (!actions_.contains(action_uid({}, decl.name.text))) continue;
    return trail.fail(decl.name.place, "action " + shown(decl.name.text) + " of namespace " + shown(ns.name.text) +
                                           " hides the one of that name outside of any namespace: rename one of them");
  }
  return {};
}

Result<Definitions::Found> Definitions::find(std::string_view ns, const std::string& name, Wanted wanted) {
  const auto among = [&](const std::string& candidate) -> Found {
    if (wanted != Wanted::kEntity && common_types_.contains(candidate)) return {Kind::kCommon, candidate};
    if (wanted != Wanted::kCommon) {
      if (entity_types_.contains(candidate)) return {Kind::kEntity, candidate};
      if (action_types_.contains(candidate)) return {Kind::kActionType, candidate};
    }
    return {};
  };
  TRY(charge(ns.size() + name.size()));
  if (!ns.empty() && !is_qualified(name)) {
    if (Found found = among(qualified(ns, name)); found.kind != Kind::kNothing) return found;
  }
  if (Found found = among(name); found.kind != Kind::kNothing) return found;
  if (wanted == Wanted::kEntity) return Found{};
  const std::string_view last =
      name.starts_with(kInternalPrefix) ? std::string_view(name).substr(kInternalPrefix.size()) : name;
  // What the schema declares under such a name outside of any namespace takes the name away, wanted or not.
  if (!is_builtin(last) || (last.size() == name.size() && entity_types_.contains(name))) return Found{};
  return Found{Kind::kBuiltin, std::string(last)};
}

Result<EntityUid> Definitions::action(std::string_view ns, const ActionRef& ref, const Trail& trail) {
  TRY(charge(ns.size() + ref.type.size() + ref.id.size()));
  const std::string type = ref.type.empty() ? "Action" : ref.type;
  if (!is_qualified(type) && !ns.empty()) {
    const EntityUid here(qualified(ns, type), ref.id);
    if (actions_.contains(here)) return here;
  }
  EntityUid there(type, ref.id);
  if (actions_.contains(there)) return there;
  return trail.fail(ref.place,
                    "there is no action " + shown(type + "::" + quote(ref.id)) + ": declare it, or correct the name");
}

Status Definitions::charge(std::size_t bytes) {
  bytes_ += 32 + bytes;  // what a string and its place in a table take beside its text
  if (bytes_ <= limits::kSchemaResolvedBytesMax) return {};
  return fail(ErrorKind::kFix, "the names of this schema, each written in full, come to more than " +
                                   std::to_string(limits::kSchemaResolvedBytesMax) + " octets: shorten its namespaces");
}

}  // namespace steelyard::policy::schema
