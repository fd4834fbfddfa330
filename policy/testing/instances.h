// Instances: entities and requests that are as a schema says, drawn by whoever chooses: a generator, a fuzzer's input.
//
// Owns nothing; refers to the schema, which outlives it. Threads: one. Errors: none.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "policy/entities.h"
#include "policy/request.h"
#include "policy/validation/request_entity_validator.h"
#include "policy/validation/schema.h"

namespace steelyard::policy::testing {

class Instances {
 public:
  using Choose = std::function<std::size_t(std::size_t count)>;  // one of so many

  Instances(const validation::Schema& schema, Choose choose) : schema_(schema), choose_(std::move(choose)) {}

  // Each type has two, or those that it enumerates; some are in others. Attributes name more than there are.
  Entities entities() {
    Entities all;
    std::size_t types = 0;
    for (const auto& [type, entry] : schema_.entity_types) {
      if (++types > kTypesMax) break;
      for (const EntityUid& uid : uids(type, false)) {
        Entity entity{uid, {}, {}, {}};
        for (const std::string& above : entry.ancestors) {
          if (choose_(2) == 0) entity.parents.push_back(one_of(uids(above, true)));
        }
        entity.attributes = attributes(entry.attributes);
        if (entry.tags && choose_(2) == 0) entity.tags.push_back({"a", value(*entry.tags)});
        if (!all.put(entity)) {  // it would be in itself
          entity.parents.clear();
          CHECK(all.put(std::move(entity)).has_value());
        }
      }
    }
    CHECK(validation::add_actions(all, schema_).has_value());
    return all;
  }

  Request request(const validation::Environment& environment) {
    return {one_of(uids(environment.principal, true)), environment.action, one_of(uids(environment.resource, true)),
            Value::record(attributes(environment.context))};
  }

  Value value(const validation::CedarType& type) {
    using Kind = validation::CedarType::Kind;
    switch (type.kind()) {
      case Kind::kTrue: return Value::boolean(true);
      case Kind::kFalse: return Value::boolean(false);
      case Kind::kBool: return Value::boolean(choose_(2) == 0);
      case Kind::kLong: return Value::integer(longs()[choose_(longs().size())]);
      case Kind::kString: return Value::string(choose_(2) == 0 ? "a" : "b*");
      case Kind::kDatetime: return Value::datetime({longs()[choose_(longs().size())]});
      case Kind::kDuration: return Value::duration({longs()[choose_(longs().size())]});
      case Kind::kDecimal: return Value::decimal(*ext::parse_decimal(choose_(2) == 0 ? "1.5" : "-2.0"));
      case Kind::kIp: return Value::ip(*ext::parse_ip(choose_(2) == 0 ? "10.0.0.1" : "::1/64"));
      case Kind::kEntity: return Value::entity(one_of(uids(type.entity_types()[0], true)));
      case Kind::kSet: {
        std::vector<Value> elements;
        while (elements.size() < 3 && choose_(2) == 0) elements.push_back(value(type.element()));
        return Value::set(std::move(elements));
      }
      case Kind::kRecord: return Value::record(attributes(type));
      default: return Value();
    }
  }

 private:
  static constexpr std::size_t kTypesMax = 16;  // of a schema with more, entities of the others are not there

  static const std::vector<std::int64_t>& longs() {
    static const std::vector<std::int64_t> all{0, 1, 2, 3, -1, INT64_MAX, INT64_MIN};
    return all;
  }

  EntityUid one_of(const std::vector<EntityUid>& all) { return all[choose_(all.size())]; }

  std::vector<EntityUid> uids(const std::string& type, bool with_missing) const {
    std::vector<EntityUid> all;
    if (is_action_type(type)) {
      for (const auto& [uid, entry] : schema_.actions) {
        if (uid.type() == type) all.push_back(uid);
      }
      return all;
    }
    const auto* entry = schema_.find(type);
    if (entry != nullptr && entry->enumerated) {
      for (const std::string& id : *entry->enumerated) all.emplace_back(type, id);
      return all;
    }
    all = {EntityUid(type, "a"), EntityUid(type, "b")};
    if (with_missing) all.emplace_back(type, "missing");
    return all;
  }

  std::vector<Attribute> attributes(const validation::CedarType& type) {
    std::vector<Attribute> all;
    for (const auto& attribute : type.attributes()) {
      if (attribute.required || choose_(2) == 0) all.push_back({attribute.name, value(attribute.type)});
    }
    return all;
  }

  const validation::Schema& schema_;
  Choose choose_;
};

// The errors that a validated policy may still meet: numbers and steps without end, entities that are not there.
inline bool is_excused(std::string_view error) {
  for (const std::string_view excuse : {"64 bits", "64 bits of milliseconds", "` is not known", "steps", "together"}) {
    if (error.ends_with(excuse)) return true;
  }
  return false;
}

}  // namespace steelyard::policy::testing
