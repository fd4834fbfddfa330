#include "adapters/applications/conditions.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "adapters/applications/body.h"
#include "adapters/typed_value.h"
#include "core/base/limits.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using schemas::Compare;
using schemas::ValueType;

constexpr std::array<std::pair<std::string_view, Compare>, 7> kOperators{{{"eq", Compare::kEq},
                                                                          {"ne", Compare::kNe},
                                                                          {"lt", Compare::kLt},
                                                                          {"le", Compare::kLe},
                                                                          {"gt", Compare::kGt},
                                                                          {"ge", Compare::kGe},
                                                                          {"in", Compare::kIn}}};

const schemas::CatalogueField* find_field(const schemas::Catalogue& dataset, const std::string& name) {
  for (const schemas::CatalogueField& field : dataset.fields)
    if (field.name.text == name) return &field;
  return nullptr;
}

// As docs/formats/http.md, Values, has it; what a type admits beyond its JSON is typed_value.h's.
std::optional<schemas::Value> typed(const json::Value& value, ValueType type) {
  std::optional<schemas::Value> made;
  const auto text = value.as_string();
  switch (type) {
    case ValueType::kBool:
      if (const auto truth = value.as_bool()) made = *truth;
      break;
    case ValueType::kInt64:
      if (const auto number = value.as_integer()) made = *number;
      break;
    case ValueType::kDouble:
      if (const auto number = value.as_double()) made = *number;
      break;
    case ValueType::kDecimal:
    case ValueType::kString:
    case ValueType::kDate:
      if (text) made = std::string(*text);
      break;
    case ValueType::kBytes:
      if (text)
        if (auto octets = from_base64(*text)) made = std::move(*octets);
      break;
    case ValueType::kTimestamp:
      if (text && text->size() > 10)  // a date alone is none
        if (const auto time = instant_from_rfc3339(*text)) made = time->us;
      break;
  }
  if (!made || !fits(type, *made)) return {};
  return made;
}

Result<schemas::Parameter> read_condition(const json::Value& item, std::string_view key,
                                          const schemas::Catalogue& dataset) {
  if (!item.is_object()) return usage("`" + std::string(key) + "`: each is an object of field, op and value");
  TRY(only_keys(item, {"field", "op", "value", "values"}));
  TRY_ASSIGN(const FieldName name, id_at<FieldName>(item, "field"));
  const schemas::CatalogueField* field = find_field(dataset, name.text);
  if (field == nullptr) return fail(schemas::error_of(code::unknown_field, name.text));
  const auto word = item.string_at("op");
  const auto* found =
      std::find_if(kOperators.begin(), kOperators.end(), [&](const auto& each) { return word && each.first == *word; });
  if (found == kOperators.end()) return usage("`" + name.text + "`: `op` is eq, ne, lt, le, gt, ge or in");
  schemas::Parameter parameter{name, found->second, {}};
  const json::Value* one = item.find("value");
  const json::Value* many = item.find("values");
  const bool is_list = found->second == Compare::kIn;
  if ((one != nullptr) == is_list || (many != nullptr) != is_list)
    return usage("`" + name.text + "`: `in` takes `values`, everything else `value`");
  std::vector<const json::Value*> items;
  if (is_list) {
    const auto list = many->as_array();
    if (!list || (*list)->empty() || (*list)->size() > kValuesMax)
      return usage("`" + name.text + "`: `values` is a list of 1 to " + std::to_string(kValuesMax));
    for (const json::Value& each : **list) items.push_back(&each);
  } else {
    items.push_back(one);
  }
  for (const json::Value* each : items) {
    auto value = typed(*each, field->type);
    if (!value)
      return fail(schemas::error_of(code::parameter_type,
                                    "`" + name.text + "` is of type " + std::string(name_of(field->type))));
    parameter.values.push_back(std::move(*value));
  }
  return parameter;
}

}  // namespace

Result<std::vector<schemas::Parameter>> conditions_at(const json::Value& body, std::string_view key,
                                                      const schemas::Catalogue& dataset) {
  std::vector<schemas::Parameter> conditions;
  if (body.find(key) == nullptr) return conditions;
  const auto list = body.array_at(key);
  if (!list) return usage(list.error().what);
  if ((*list)->size() > limits::kConditionsMax)
    return usage("at most " + std::to_string(limits::kConditionsMax) + " " + std::string(key));
  for (const json::Value& item : **list) {
    TRY_ASSIGN(schemas::Parameter parameter, read_condition(item, key, dataset));
    conditions.push_back(std::move(parameter));
  }
  return conditions;
}

}  // namespace steelyard::adapters
