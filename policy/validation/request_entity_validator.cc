#include "policy/validation/request_entity_validator.h"

#include <algorithm>

#include "policy/span.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

tl::unexpected<Error> wrong(const std::string& what) { return fail(ErrorKind::kFix, one_line(what)); }

Kind kind_of(const Value& value) {
  switch (value.type()) {
    case Type::kBool: return value.as_bool() ? Kind::kTrue : Kind::kFalse;
    case Type::kLong: return Kind::kLong;
    case Type::kString: return Kind::kString;
    case Type::kEntity: return Kind::kEntity;
    case Type::kSet: return Kind::kSet;
    case Type::kRecord: return Kind::kRecord;
    case Type::kDatetime: return Kind::kDatetime;
    case Type::kDuration: return Kind::kDuration;
    case Type::kDecimal: return Kind::kDecimal;
    case Type::kIp: return Kind::kIp;
  }
  return Kind::kNever;
}

// The ids that there are, of types that do not take any.
Status check_id(const EntityUid& uid, const Schema& schema) {
  if (is_action_type(uid.type())) {
    if (schema.find(uid) == nullptr) return wrong("action `" + to_source(uid) + "` is not declared in the schema");
    return {};
  }
  const EntitySchemaEntry* entry = schema.find(uid.type());
  if (entry == nullptr) return wrong("entity type `" + uid.type() + "` is not declared in the schema");
  if (!entry->has_id(uid.id()))
    return wrong("entity type `" + uid.type() + "` is enumerated, and `" + uid.id() + "` is not among its ids");
  return {};
}

// What may be said of a value without telling it.
std::string kind_text(const Value& value) {
  if (value.is(Type::kEntity)) return "an entity of type `" + value.as_entity().type() + "`";
  return "a value of type `" + std::string(name_of(value.type())) + "`";
}

Status check_record(const Value& value, const CedarType& type, const Schema& schema) {
  for (const Attribute& attribute : value.as_record()) {
    const AttributeType* known = type.find(attribute.name);
    if (known == nullptr && !type.open()) return wrong("attribute `" + attribute.name + "` is not declared");
    if (known == nullptr) continue;
    if (auto good = validate_value(attribute.value, known->type, schema); !good)
      return fail(std::move(good).error().in("attribute `" + one_line(attribute.name) + "`"));
  }
  for (const AttributeType& attribute : type.attributes()) {
    if (attribute.required && value.find(attribute.name) == nullptr)
      return wrong("attribute `" + attribute.name + "` is required and missing");
  }
  return {};
}

// Of the kind already.
Status check_content(const Value& value, const CedarType& type, const Schema& schema) {
  switch (type.kind()) {
    case Kind::kEntity: {
      const auto types = type.entity_types();
      const EntityUid& uid = value.as_entity();
      if (std::find(types.begin(), types.end(), uid.type()) == types.end())
        return wrong("expected `" + to_text(type) + "`, found " + kind_text(value));
      return check_id(uid, schema);
    }
    case Kind::kAnyEntity: return check_id(value.as_entity(), schema);
    case Kind::kSet:
      for (const Value& element : value.as_set()) {
        if (auto good = validate_value(element, type.element(), schema); !good)
          return fail(std::move(good).error().in("an element"));
      }
      return {};
    case Kind::kRecord: return check_record(value, type, schema);
    default: return {};
  }
}

Status validate_action(const EntityUid& uid, const Entities::Known& entity, const Schema& schema) {
  TRY(check_id(uid, schema));
  std::vector<EntityUid> ancestors;
  for (const auto& ancestor : entity.ancestors()) ancestors.push_back(ancestor.uid);
  std::sort(ancestors.begin(), ancestors.end(), UidByText());
  const bool bare = entity.attributes.as_record().empty() && entity.tags.as_record().empty();
  if (!bare || ancestors != schema.find(uid)->ancestors) return wrong("the action is not as the schema declares it");
  return {};
}

Status check_tags(const Value& tags, const EntitySchemaEntry& entry, const Schema& schema) {
  for (const Attribute& tag : tags.as_record()) {
    if (!entry.tags) return wrong("tag `" + tag.name + "`: entities of this type have none");
    if (auto good = validate_value(tag.value, *entry.tags, schema); !good)
      return fail(std::move(good).error().in("tag `" + one_line(tag.name) + "`"));
  }
  return {};
}

Status validate_data(const EntityUid& uid, const Entities::Known& entity, const Schema& schema) {
  TRY(check_id(uid, schema));
  const EntitySchemaEntry& entry = *schema.find(uid.type());
  TRY(check_record(entity.attributes, entry.attributes, schema));
  TRY(check_tags(entity.tags, entry, schema));
  for (const auto& [ancestor, type] : entity.ancestors()) {
    if (!entry.has_ancestor(*type)) return wrong("an entity of this type cannot be in one of type `" + *type + "`");
    TRY(check_id(ancestor, schema));
  }
  return {};
}

bool contains(const std::vector<std::string>& sorted, const std::string& type) {
  return std::binary_search(sorted.begin(), sorted.end(), type);
}

}  // namespace

// Recursion goes down the type, whose depth is bounded.
Status validate_value(const Value& value, const CedarType& type, const Schema& schema) {
  const Kind kind = kind_of(value);
  const bool fits = kind == type.kind() || (type.is(Kind::kBool) && value.is(Type::kBool)) ||
                    (type.is(Kind::kAnyEntity) && value.is(Type::kEntity));
  if (!fits) return wrong("expected `" + to_text(type) + "`, found " + kind_text(value));
  return check_content(value, type, schema);
}

Status validate_request(const Request& request, const Schema& schema) {
  const ActionSchemaEntry* action = schema.find(request.action);
  if (action == nullptr) return wrong("action `" + to_source(request.action) + "` is not declared in the schema");
  TRY(check_id(request.principal, schema));
  TRY(check_id(request.resource, schema));
  if (!contains(action->principals, request.principal.type()))
    return wrong("a principal of type `" + request.principal.type() + "` cannot do `" + to_source(request.action) +
                 "`");
  if (!contains(action->resources, request.resource.type()))
    return wrong("`" + to_source(request.action) + "` does not apply to a resource of type `" +
                 request.resource.type() + "`");
  if (auto good = validate_value(request.context, action->context, schema); !good)
    return fail(std::move(good).error().in("context"));
  return {};
}

Status validate_entity(const EntityUid& uid, const Entities::Known& entity, const Schema& schema) {
  auto good = is_action_type(uid.type()) ? validate_action(uid, entity, schema) : validate_data(uid, entity, schema);
  if (!good) return fail(std::move(good).error().in("entity `" + one_line(to_source(uid)) + "`"));
  return {};
}

Status validate_entities(const Entities& entities, const Schema& schema) {
  std::vector<EntityUid> all = entities.uids();
  std::sort(all.begin(), all.end(), UidByText());
  for (const EntityUid& uid : all) TRY(validate_entity(uid, *entities.find(uid), schema));
  return {};
}

Status add_actions(Entities& entities, const Schema& schema) {
  for (const auto& [uid, entry] : schema.actions) {
    if (entities.find(uid) == nullptr) TRY(entities.put({uid, entry.ancestors, {}, {}}));
  }
  return {};
}

}  // namespace steelyard::policy::validation
