// Definitions: every name that a fragment declares, and what a name that stands somewhere in it means.
//
// An unqualified name in a namespace stands for the type of that namespace, else for the one outside of any; of two
// with one name the common type comes before the entity type. The language's own types are common types of `__cedar`,
// and outside of any namespace under their own names unless the schema declares those.
// Owns: tables; refers to the fragment, which outlives it. Threads: one owner.
// Errors: kFix: what is declared twice, a name in a namespace that hides one outside of any, names above
// limits::kSchemaResolvedBytesMax.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "core/base/result.h"
#include "policy/entity_uid.h"
#include "policy/schema/fragment.h"
#include "policy/schema/trail.h"

namespace steelyard::policy::schema {

class Definitions {
 public:
  enum class Wanted : std::uint8_t { kCommon, kEntity, kEither };
  struct Found {
    enum class Kind : std::uint8_t { kNothing, kBuiltin, kCommon, kEntity, kActionType };
    Kind kind = Kind::kNothing;
    std::string name;  // in full; of kBuiltin the last part
  };

  static Result<Definitions> of(const Fragment& fragment);

  Result<Found> find(std::string_view ns, const std::string& name, Wanted wanted);
  Result<EntityUid> action(std::string_view ns, const ActionRef& ref, const Trail& trail);
  // A place in the order of declaration, over all namespaces; of one that find() named.
  std::size_t common_type(const std::string& name) const { return common_types_.at(name); }
  std::size_t entity_type(const std::string& name) const { return entity_types_.at(name); }
  std::size_t action(const EntityUid& uid) const { return actions_.at(uid); }

  Status charge(std::size_t bytes);  // of a name that is kept or looked for

 private:
  Status declare(const Namespace& ns, Trail& trail);
  Status check_shadowing(const Namespace& ns, Trail& trail) const;

  std::unordered_map<std::string, std::size_t> common_types_, entity_types_;
  std::unordered_map<EntityUid, std::size_t, EntityUidHash> actions_;
  std::unordered_set<std::string> action_types_;
  std::size_t bytes_ = 0;
};

EntityUid action_uid(std::string_view ns, const std::string& id);  // `N::Action::"id"`

}  // namespace steelyard::policy::schema
