#include "adapters/applications/query.h"

#include <algorithm>
#include <utility>

#include "adapters/applications/body.h"
#include "adapters/applications/conditions.h"
#include "adapters/typed_value.h"
#include "core/base/limits.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;

constexpr std::size_t kDepthMax = 8;

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

Status read_asker(const http::Request& request, const ApplicationId& application, const schemas::Catalogue& dataset,
                  client::Query& to) {
  to.application = application;
  to.dataset = dataset.dataset;
  TRY(read_behalf(request, "steelyard-operator", to.operator_id));
  return read_behalf(request, "steelyard-case", to.case_number);
}

Result<json::Value> read_body(const http::Request& request) {
  auto parsed = json::parse(request.body, {limits::kApplicationsBodyBytesMax, kDepthMax});
  if (!parsed) return usage(parsed.error().what);
  if (!parsed->is_object()) return usage("the body is a JSON object");
  return std::move(*parsed);
}

Status read_names(std::string_view list, client::Query& to) {
  for (bool more = true; more;) {
    const std::size_t end = list.find(',');
    const std::string name(list.substr(0, end));
    if (!check_name(name)) return usage("`fields`: names of fields, a,b,c");
    to.fields.emplace_back(name);
    more = end != std::string_view::npos;
    if (more) list.remove_prefix(end + 1);
  }
  return {};
}

// `key=value&...`; names and ids hold nothing that would have to be encoded.
Status read_question(std::string_view text, client::Query& to) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(pair.size() + 1, text.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view key = pair.substr(0, equals);
    const std::string value(pair.substr(std::min(equals + 1, pair.size())));
    if (key == "fields" && to.fields.empty()) {
      TRY(read_names(value, to));
    } else if (key == "purpose" && to.purpose.empty() && check_name(value)) {
      to.purpose = PurposeId(value);
    } else if (key == "agreement" && to.agreement.empty() && check_name(value)) {
      to.agreement = AgreementId(value);
    } else {
      return usage("the path's query string: `fields`, `purpose`, `agreement`, each once and with a value");
    }
  }
  if (to.fields.empty() || to.purpose.empty()) return usage("the path's query string: `fields` and `purpose`");
  return {};
}

Result<const schemas::Catalogue*> find_dataset(const exchange::Registry& registry, const DatasetId& dataset) {
  const auto* registered = registry.dataset(dataset);
  if (registered == nullptr) return fail(schemas::error_of(code::unknown_dataset, dataset.text));
  return &registered->statement;
}

}  // namespace

Result<client::Query> query_of(const http::Request& request, schemas::Action action, const ApplicationId& application,
                               const DatasetId& dataset, const exchange::Registry& registry) {
  TRY_ASSIGN(const schemas::Catalogue* offered, find_dataset(registry, dataset));
  TRY_ASSIGN(const json::Value body, read_body(request));
  client::Query query;
  query.action = action;
  TRY(read_asker(request, application, *offered, query));
  if (action == schemas::Action::kVerify) {
    TRY(only_keys(body, {"claims", "conditions", "purpose", "agreement", "timeout_ms"}));
    TRY_ASSIGN(query.claims, conditions_at(body, "claims", *offered));
  } else {
    TRY(only_keys(body, {"fields", "conditions", "purpose", "agreement", "strict", "timeout_ms"}));
    TRY(read_fields(body, query));
  }
  TRY(read_options(body, query));
  TRY_ASSIGN(query.parameters, conditions_at(body, "conditions", *offered));
  return query;
}

Result<client::Query> subscription_of(const http::Request& request, const ApplicationId& application,
                                      const DatasetId& dataset, const exchange::Registry& registry) {
  TRY_ASSIGN(const schemas::Catalogue* offered, find_dataset(registry, dataset));
  client::Query query;
  query.action = schemas::Action::kSubscribe;
  TRY(read_asker(request, application, *offered, query));
  const std::size_t mark = std::min(request.path.find('?'), request.path.size());
  TRY(read_question(std::string_view(request.path).substr(std::min(mark + 1, request.path.size())), query));
  return query;
}

}  // namespace steelyard::adapters
