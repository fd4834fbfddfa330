// Entities, requests' contexts and values from Cedar's JSON form. policy/schema/entity_reader.h reads them by a schema.
//
// Owns nothing. Threads: any. Errors: kFix, naming the entity and attribute at fault; an entity that stands twice and
// not the same each time, one that is its own ancestor, an action in what is none; more than
// limits::kEntityAncestorsMax. Format: an array of {"uid", "attrs", "parents", "tags"?}; a uid is {"type", "id"}, also
// wrapped in "__entity"; in attributes {"__entity": {"type", "id"}} is an entity and {"__extn": {"fn", "arg" | "args"}}
// an extension value; every other object is a record, every array a set, every number a long. null has no meaning and
// is an error.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/entities.h"

namespace steelyard::policy {

Result<Entities> entities_from_json(std::string_view text);
Result<EntityUid> entity_uid_from_json(const json::Value& value);
Result<Value> value_from_json(const json::Value& value);

// What an object means beside a record: an escape stands alone and has its form, else the object is a record like any.
enum class Escape : std::uint8_t { kNone, kEntity, kExtension, kExpression };
Escape escape_of(const json::Value& value);

// How the values of entities are read: by what they say themselves, or, overridden, by what somebody else knows of
// them.
class EntityValues {
 public:
  virtual ~EntityValues() = default;
  virtual Result<Value> attribute(const EntityUid& of, const std::string& name, const json::Value& value) const;
  virtual Result<Value> tag(const EntityUid& of, const std::string& name, const json::Value& value) const;
};
Result<Entities> entities_from_json(std::string_view text, const EntityValues& values);

}  // namespace steelyard::policy
