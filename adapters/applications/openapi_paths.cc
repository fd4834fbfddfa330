#include "adapters/applications/openapi_paths.h"

#include <vector>

namespace steelyard::adapters {
namespace {

using json::Value;

constexpr std::string_view kJson = "application/json";

struct Operation {
  std::string_view id, tag, summary;
  std::vector<std::string_view> parameters;
  std::string_view answer;  // schema of a 200
  std::string_view type = kJson;
};

Value content_of(std::string_view type, std::string_view schema) {
  return json::object({{std::string(type), json::object({{"schema", reference("schemas", schema)}})}});
}

constexpr std::string_view kNoContent = "";  // the schema of a 204

Value to_json(const Operation& operation) {
  Value parameters = json::array();
  for (const std::string_view name : operation.parameters) parameters.push(reference("parameters", name));
  const Value problem = reference("responses", "Problem");
  const bool empty = operation.answer == kNoContent;
  Value good = json::object({{"description", operation.summary}});
  if (!empty) good.set("content", content_of(operation.type, operation.answer));
  return json::object(
      {{"operationId", operation.id},
       {"tags", json::array({operation.tag})},
       {"summary", operation.summary},
       {"parameters", std::move(parameters)},
       {"responses", json::object({{empty ? "204" : "200", good}, {"4XX", problem}, {"5XX", problem}})}});
}

}  // namespace

Value reference(std::string_view kind, std::string_view name) {
  return json::object({{"$ref", "#/components/" + std::string(kind) + "/" + std::string(name)}});
}

json::Object fixed_paths() {
  const std::pair<const char*, Operation> pages[] = {
      {"/v1/catalog", {"catalog", "registry", "the datasets of the network", {}, "Catalog"}},
      {"/v1/catalog/{owner}/{dataset}",
       {"dataset", "registry", "one dataset with its fields", {"Owner", "Dataset"}, "Dataset"}},
      {"/v1/agreements", {"agreements", "registry", "the agreements of this department as user", {}, "Agreements"}},
      {"/v1/events",
       {"subscriptions", "events", "the subscriptions of this application, and the path of each", {}, "Subscriptions"}},
      {"/v1/events/{owner}/{dataset}",
       {"events",
        "events",
        "rows as they are, then each change, as server-sent events of CloudEvents objects; `stop` with a problem",
        {"Owner", "Dataset", "Fields", "Purpose", "Agreement", "LastEventId", "Operator", "Case", "AcceptLanguage"},
        "EventStream",
        "text/event-stream"}},
      {"/v1/receipts/{id}",
       {"receipt", "receipts", "an exchange of this application, and its proofs", {"Receipt"}, "Receipt"}},
      {"/v1/openapi.json", {"openapi", "registry", "this document", {}, "OpenApi"}},
  };
  const Operation end = {"unsubscribe",
                         "events",
                         "no subscription stands for this question any more; also where none did",
                         {"Owner", "Dataset", "Fields", "Purpose", "Agreement", "AcceptLanguage"},
                         kNoContent};
  json::Object paths;
  for (const auto& [path, operation] : pages) {
    Value item = json::object({{"get", to_json(operation)}});
    if (operation.id == "events") item.set("delete", to_json(end));
    paths.emplace_back(path, std::move(item));
  }
  return paths;
}

Value path_to_ask(std::string_view id, std::string_view tag, std::string_view summary, std::string_view answer) {
  Value post = to_json({id, tag, summary, {"Operator", "Case", "IdempotencyKey", "AcceptLanguage"}, answer});
  post.set("requestBody", json::object({{"required", true}, {"content", content_of(kJson, id)}}));
  return json::object({{"post", std::move(post)}});
}

}  // namespace steelyard::adapters
