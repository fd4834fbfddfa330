#include "policy/est/policy_json.h"

#include <algorithm>

#include "policy/est/expr_reader.h"
#include "policy/est/expr_writer.h"
#include "policy/est/keys.h"
#include "policy/est/operators.h"
#include "policy/est/scope_json.h"
#include "policy/lexer.h"
#include "policy/limits.h"

namespace steelyard::policy::est {
namespace {

Status read_annotations(const json::Value& value, std::vector<Annotation>& annotations) {
  TRY_ASSIGN(const json::Object* members, value.as_object());
  for (const auto& [name, text] : *members) {
    if (!is_identifier(name))
      return fail(ErrorKind::kFix, "annotation " + shown(name) + " has no name as text allows it");
    Annotation annotation{name, {}, text.is_null()};
    if (!annotation.bare) {
      const auto read = text.as_string();
      if (!read) return fail(Error(read.error()).in("annotation " + shown(name)));
      annotation.value = *read;
    }
    annotations.push_back(std::move(annotation));
  }
  return {};
}

Result<Condition> condition_from_json(const json::Value& value) {
  TRY(want_keys(value, {"kind", "body"}));
  Condition condition;
  TRY_ASSIGN(const std::string kind, value.string_at("kind"));
  if (kind == "unless")
    condition.kind = Condition::Kind::kUnless;
  else if (kind != "when")
    return fail(ErrorKind::kFix, "a condition is of the kind `when` or `unless`, not " + shown(kind));
  TRY_ASSIGN(condition.body, expr_from_json(*value.find("body")));
  return condition;
}

Status read_policy(const json::Value& value, Policy& policy) {
  TRY(want_keys(value, {"effect", "principal", "action", "resource", "conditions"}, {"annotations"}));
  TRY_ASSIGN(const std::string effect, value.string_at("effect"));
  if (effect == "forbid")
    policy.effect = Effect::kForbid;
  else if (effect != "permit")
    return fail(ErrorKind::kFix, "the effect is `permit` or `forbid`, not " + shown(effect));
  TRY_ASSIGN(policy.scope, scope_from_json(value));
  TRY_ASSIGN(const json::Array* conditions, value.array_at("conditions"));
  for (const auto& one : *conditions) {
    auto condition = condition_from_json(one);
    if (!condition)
      return fail(std::move(condition.error()).in("condition " + std::to_string(policy.conditions.size() + 1)));
    policy.conditions.push_back(std::move(*condition));
  }
  if (const json::Value* annotations = value.find("annotations"); annotations != nullptr)
    TRY(read_annotations(*annotations, policy.annotations));
  return {};
}

Result<TemplateLink> link_from_json(const json::Value& value) {
  TRY(want_keys(value, {"templateId", "newId", "values"}));
  TemplateLink link;
  TRY_ASSIGN(link.template_id, value.string_at("templateId"));
  TRY_ASSIGN(link.id, value.string_at("newId"));
  TRY_ASSIGN(link.values, slot_values_from_json(*value.find("values")));
  return link;
}

Status read_all(const json::Value& set, std::string_view key, bool templates, PolicyDocument& document) {
  if (set.find(key) == nullptr) return {};
  TRY_ASSIGN(const json::Object* members, set.object_at(key));
  for (const auto& [id, value] : *members) {
    TRY_ASSIGN(Policy policy, policy_from_json(id, value));
    if (policy.is_template() != templates)
      return fail(ErrorKind::kFix, "policy " + shown(id) + " stands in `" + std::string(key) + "`, but it has " +
                                       (templates ? "no slot" : "a slot: its place is in `templates`"));
    TRY(document.add(std::move(policy)));
  }
  return {};
}

Result<PolicyDocument> set_from_json(const json::Value& value) {
  TRY(want_keys(value, {}, {"staticPolicies", "templates", "templateLinks"}));
  PolicyDocument document;
  TRY(read_all(value, "staticPolicies", false, document));
  TRY(read_all(value, "templates", true, document));
  if (value.find("templateLinks") == nullptr) return document;
  TRY_ASSIGN(const json::Array* links, value.array_at("templateLinks"));
  for (const auto& one : *links) {
    const std::string where = "link " + std::to_string(document.links().size() + 1);
    auto link = link_from_json(one);
    if (!link) return fail(std::move(link.error()).in(where));
    if (auto added = document.add(std::move(*link)); !added) return fail(std::move(added.error()).in(where));
  }
  return document;
}

bool has_any(const json::Value& value, std::initializer_list<std::string_view> keys) {
  return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return value.find(key) != nullptr; });
}

}  // namespace

Result<json::Value> read_json(std::string_view text) {
  return json::parse(text, {limits::kPolicyFileBytesMax, kJsonDepthMax});
}

Result<Policy> policy_from_json(std::string id, const json::Value& value) {
  Policy policy;
  policy.id = std::move(id);
  if (auto read = read_policy(value, policy); !read)
    return fail(std::move(read.error()).in("policy " + shown(policy.id)));
  return policy;
}

Result<json::Value> to_json(const Policy& policy) {
  json::Value value;
  value.set("effect", policy.effect == Effect::kForbid ? "forbid" : "permit");
  add_scope(policy.scope, value);
  json::Value conditions = json::array();
  for (const Condition& one : policy.conditions) {
    auto body = expr_to_json(one.body);
    if (!body) return fail(std::move(body.error()).in("policy " + shown(policy.id)));
    json::Value condition;
    condition.set("kind", one.kind == Condition::Kind::kUnless ? "unless" : "when");
    condition.set("body", std::move(*body));
    conditions.push(std::move(condition));
  }
  value.set("conditions", std::move(conditions));
  if (policy.annotations.empty()) return value;
  json::Value annotations;
  for (const Annotation& one : policy.annotations)
    annotations.set(one.name, one.bare ? json::Value() : json::Value(one.value));
  value.set("annotations", std::move(annotations));
  return value;
}

Result<PolicyDocument> document_from_json(const json::Value& value) {
  const bool is_set = has_any(value, {"staticPolicies", "templates", "templateLinks"});
  const bool is_one = has_any(value, {"effect", "principal", "action", "resource", "conditions"});
  if (is_set == is_one)
    return fail(ErrorKind::kFix, "expected a policy, with `effect`, or a set of them, with `staticPolicies`");
  if (is_set) return set_from_json(value);
  PolicyDocument document;
  TRY_ASSIGN(Policy policy, policy_from_json("policy0", value));
  TRY(document.add(std::move(policy)));
  return document;
}

Result<json::Value> to_json(const PolicyDocument& document) {
  json::Object policies, templates;  // of different ids: Value::set() would look for each among all
  for (const Policy& policy : document.policies()) {
    TRY_ASSIGN(json::Value value, to_json(policy));
    (policy.is_template() ? templates : policies).emplace_back(policy.id, std::move(value));
  }
  json::Value links = json::array();
  for (const TemplateLink& link : document.links()) {
    json::Value one;
    one.set("templateId", link.template_id);
    one.set("newId", link.id);
    one.set("values", slot_values_to_json(link.values));
    links.push(std::move(one));
  }
  json::Value value;
  value.set("templates", json::Value(std::move(templates)));
  value.set("staticPolicies", json::Value(std::move(policies)));
  value.set("templateLinks", std::move(links));
  return value;
}

}  // namespace steelyard::policy::est
