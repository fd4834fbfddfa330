#include "adapters/applications/query.h"

#include <algorithm>
#include <array>
#include <utility>

#include "adapters/typed_value.h"
#include "core/base/limits.h"
#include "core/json/json.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using schemas::Compare;
using schemas::ValueType;

constexpr std::size_t kDepthMax = 8;
constexpr std::size_t kValuesMax = 256;  // of one condition, docs/formats/payload.md
constexpr std::array<std::pair<std::string_view, Compare>, 7> kOperators{{{"eq", Compare::kEq},
                                                                          {"ne", Compare::kNe},
                                                                          {"lt", Compare::kLt},
                                                                          {"le", Compare::kLe},
                                                                          {"gt", Compare::kGt},
                                                                          {"ge", Compare::kGe},
                                                                          {"in", Compare::kIn}}};

tl::unexpected<Error> usage(const std::string& what) { return fail(schemas::error_of(code::usage, what)); }

Status only_keys(const json::Value& object, std::initializer_list<std::string_view> known) {
  TRY_ASSIGN(const json::Object* members, object.as_object());
  for (const auto& [key, value] : *members)
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      std::string list;
      for (const std::string_view each : known) list += (list.empty() ? "" : ", ") + std::string(each);
      return usage("unknown key: known are " + list);
    }
  return {};
}

template <class Id>
Result<Id> id_at(const json::Value& object, std::string_view key) {
  auto text = object.string_at(key);
  if (!text) return usage(text.error().what);
  if (auto good = check_name(*text); !good) return usage("`" + std::string(key) + "` is no registered id");
  return Id(std::move(*text));
}

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

Result<schemas::Parameter> read_condition(const json::Value& item, const schemas::Catalogue& dataset) {
  if (!item.is_object()) return usage("`conditions`: each is an object of field, op and value");
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

Status read_fields(const json::Value& body, client::Query& to) {
  const auto list = body.array_at("fields");
  if (!list) return usage(list.error().what);
  for (const json::Value& item : **list) {
    const auto name = item.as_string();
    if (!name || !check_name(*name)) return usage("`fields`: a list of names of fields");
    to.fields.emplace_back(std::string(*name));
  }
  return {};
}

Status read_conditions(const json::Value& body, const schemas::Catalogue& dataset, client::Query& to) {
  if (body.find("conditions") == nullptr) return {};
  const auto list = body.array_at("conditions");
  if (!list) return usage(list.error().what);
  if ((*list)->size() > limits::kConditionsMax)
    return usage("at most " + std::to_string(limits::kConditionsMax) + " conditions");
  for (const json::Value& item : **list) {
    TRY_ASSIGN(schemas::Parameter parameter, read_condition(item, dataset));
    to.parameters.push_back(std::move(parameter));
  }
  return {};
}

Status read_options(const json::Value& body, client::Query& to) {
  TRY_ASSIGN(to.purpose, id_at<PurposeId>(body, "purpose"));
  if (body.find("agreement") != nullptr) {
    TRY_ASSIGN(to.agreement, id_at<AgreementId>(body, "agreement"));
  }
  if (body.find("strict") != nullptr) {
    const auto strict = body.bool_at("strict");
    if (!strict) return usage(strict.error().what);
    to.strict = *strict;
  }
  if (body.find("timeout_ms") != nullptr) {
    const auto life = body.integer_at("timeout_ms");
    if (!life || *life < 1'000 || *life > limits::kLifeMax.us / 1'000)
      return usage("`timeout_ms`: from 1000 to " + std::to_string(limits::kLifeMax.us / 1'000));
    to.life = milliseconds(*life);
  }
  return {};
}

Status read_behalf(const http::Request& request, std::string_view header, std::string& to) {
  const std::string* value = request.header(header);
  if (value == nullptr) return {};
  if (!is_utf8(*value)) return usage("the header " + std::string(header) + " is not UTF-8");
  to = *value;
  return {};
}

}  // namespace

Result<client::Query> query_of(const http::Request& request, const ApplicationId& application, const DatasetId& dataset,
                               const exchange::Registry& registry) {
  const auto* registered = registry.dataset(dataset);
  if (registered == nullptr) return fail(schemas::error_of(code::unknown_dataset, dataset.text));
  const auto body = json::parse(request.body, {limits::kApplicationsBodyBytesMax, kDepthMax});
  if (!body) return usage(body.error().what);
  if (!body->is_object()) return usage("the body is a JSON object");
  TRY(only_keys(*body, {"fields", "conditions", "purpose", "agreement", "strict", "timeout_ms"}));
  client::Query query;
  query.application = application;
  query.dataset = dataset;
  TRY(read_fields(*body, query));
  TRY(read_options(*body, query));
  TRY(read_conditions(*body, registered->statement, query));
  TRY(read_behalf(request, "steelyard-operator", query.operator_id));
  TRY(read_behalf(request, "steelyard-case", query.case_number));
  return query;
}

}  // namespace steelyard::adapters
