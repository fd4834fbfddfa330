#include "policy/schema/entity_reader.h"

#include "policy/entity_json.h"
#include "policy/schema/names.h"
#include "policy/schema/value_reader.h"
#include "policy/validation/request_entity_validator.h"

namespace steelyard::policy::schema {
namespace {

class ValuesBySchema : public EntityValues {
 public:
  explicit ValuesBySchema(const validation::Schema& schema) : schema_(schema) {}

  Result<Value> attribute(const EntityUid& of, const std::string& name, const json::Value& value) const override {
    const auto* entry = schema_.find(of.type());
    const auto* known = entry == nullptr ? nullptr : entry->attributes.find(name);
    if (known == nullptr) return undeclared(of, "attribute");
    return typed_value_from_json(value, known->type);
  }

  Result<Value> tag(const EntityUid& of, const std::string&, const json::Value& value) const override {
    const auto* entry = schema_.find(of.type());
    if (entry == nullptr || !entry->tags) return undeclared(of, "tag");
    return typed_value_from_json(value, *entry->tags);
  }

 private:
  static tl::unexpected<Error> undeclared(const EntityUid& of, std::string_view what) {
    return fail(ErrorKind::kFix, "the schema declares no such " + std::string(what) + " of " + shown(of.type()) +
                                     ": leave it out, or declare it");
  }

  const validation::Schema& schema_;
};

}  // namespace

Result<Entities> entities_from_json(std::string_view text, const validation::Schema& schema) {
  TRY_ASSIGN(Entities entities, policy::entities_from_json(text, ValuesBySchema(schema)));
  // Before the schema's actions come to them: an action that is told is told in full, as the reference wants it.
  TRY(validation::validate_entities(entities, schema));
  TRY(validation::add_actions(entities, schema));
  return entities;
}

Result<Value> context_from_json(const json::Value& value, const EntityUid& action, const validation::Schema& schema) {
  const auto* entry = schema.find(action);
  if (entry == nullptr)
    return fail(ErrorKind::kFix, "action " + shown(to_source(action)) + " is not declared in the schema");
  auto context = typed_value_from_json(value, entry->context);
  if (!context) return fail(std::move(context).error().in("context"));
  if (auto good = validation::validate_value(*context, entry->context, schema); !good)
    return fail(std::move(good).error().in("context"));
  return context;
}

}  // namespace steelyard::policy::schema
