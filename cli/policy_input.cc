#include "cli/policy_input.h"

#include <iostream>

#include "cli/in_file.h"
#include "cli/usage.h"
#include "core/base/limits.h"
#include "core/exchange/gate.h"
#include "core/store/durable_file.h"
#include "policy/entity_json.h"
#include "policy/est/keys.h"
#include "policy/est/policy_json.h"
#include "policy/limits.h"
#include "policy/parser.h"
#include "policy/schema/entity_reader.h"
#include "policy/schema/resolve.h"
#include "policy/validation/request_entity_validator.h"

namespace steelyard::cli {
namespace {

Result<std::string> read_standard_input() {
  std::string text;
  char block[64 * 1024];
  while (std::cin.read(block, sizeof block) || std::cin.gcount() > 0) {
    text.append(block, static_cast<std::size_t>(std::cin.gcount()));
    if (text.size() > limits::kPolicyFileBytesMax)
      return fail(ErrorKind::kFix, "standard input is longer than the " + std::to_string(limits::kPolicyFileBytesMax) +
                                       " octets that are read");
  }
  return text;
}

Result<json::Value> read_json_file(const std::string& file) {
  TRY_ASSIGN(const std::string text, read_text(file));
  auto value = policy::est::read_json(text);
  if (!value) return in_input(std::move(value.error()), file);
  return value;
}

// [{"template_id": "t", "link_id": "l", "args": {"?principal": "User::\"ann\""}}], as Cedar's `link` writes them.
Result<policy::TemplateLink> link_from_json(const json::Value& value) {
  TRY(policy::est::want_keys(value, {"template_id", "link_id", "args"}));
  policy::TemplateLink link;
  TRY_ASSIGN(link.template_id, value.string_at("template_id"));
  TRY_ASSIGN(link.id, value.string_at("link_id"));
  TRY_ASSIGN(const json::Object* arguments, value.object_at("args"));
  for (const auto& [slot, argument] : *arguments) {
    if (slot != "?principal" && slot != "?resource")
      return fail(ErrorKind::kFix, "there is no slot " + policy::est::shown(slot));
    TRY_ASSIGN(const std::string_view text, argument.as_string());
    auto uid = policy::parse_entity_uid(text);
    if (!uid) return fail(std::move(uid.error()).in(slot));
    (slot == "?principal" ? link.values.principal : link.values.resource) = std::move(*uid);
  }
  return link;
}

Status add_links(const std::string& file, policy::PolicyDocument& document) {
  TRY_ASSIGN(const std::string text, read_text(file));
  if (text.empty()) return {};  // as the file begins
  auto value = policy::est::read_json(text);
  if (!value) return in_input(std::move(value.error()), file);
  auto links = value->as_array();
  if (!links) return in_input(std::move(links.error()), file);
  std::size_t number = 0;
  for (const json::Value& one : **links) {
    const std::string where = file + ": link " + std::to_string(++number);
    auto link = link_from_json(one);
    if (!link) return fail(std::move(link.error()).in(where));
    if (auto added = document.add(std::move(*link)); !added) return fail(std::move(added.error()).in(where));
  }
  return {};
}

Result<policy::EntityUid> read_uid(std::string_view text, const std::string& what) {
  auto uid = policy::parse_entity_uid(text);
  if (!uid) return fail(std::move(uid.error()).in(what));
  return uid;
}

Result<policy::Value> read_context(const json::Value& value, const std::string& file, const policy::EntityUid& action,
                                   const OptionalSchema& schema) {
  auto context = schema ? policy::schema::context_from_json(value, action, *schema) : policy::value_from_json(value);
  if (!context) return in_input(std::move(context.error()), file);
  if (!context->is(policy::Type::kRecord))
    return fail(ErrorKind::kFix, name_of_input(file) + ": the context must be an object of attributes");
  return context;
}

// {"principal": "User::\"ann\"", "action", "resource", "context": {}}; `where` is its file, or its place in one.
Result<policy::Request> request_from_json(const json::Value& value, const std::string& where,
                                          const OptionalSchema& schema) {
  if (auto keys = policy::est::want_keys(value, {"principal", "action", "resource", "context"}); !keys)
    return in_input(std::move(keys.error()), where);
  const auto uid = [&](std::string_view key) -> Result<policy::EntityUid> {
    auto text = value.string_at(key);
    if (!text) return in_input(std::move(text.error()), where);
    return read_uid(*text, where + ": `" + std::string(key) + "`");
  };
  TRY_ASSIGN(policy::EntityUid principal, uid("principal"));
  TRY_ASSIGN(policy::EntityUid action, uid("action"));
  TRY_ASSIGN(policy::EntityUid resource, uid("resource"));
  TRY_ASSIGN(policy::Value context, read_context(*value.find("context"), where, action, schema));
  return policy::Request{std::move(principal), std::move(action), std::move(resource), std::move(context)};
}

Result<policy::Request> request_of_file(const std::string& file, const OptionalSchema& schema) {
  TRY_ASSIGN(const json::Value value, read_json_file(file));
  return request_from_json(value, file, schema);
}

Result<policy::Request> request_of_words(const RequestOptions& options, const OptionalSchema& schema) {
  if (options.principal.empty() || options.action.empty() || options.resource.empty())
    return fail(ErrorKind::kFix, "a request needs --principal, --action and --resource, or --request-json");
  TRY_ASSIGN(policy::EntityUid principal, read_uid(options.principal, "--principal"));
  TRY_ASSIGN(policy::EntityUid action, read_uid(options.action, "--action"));
  TRY_ASSIGN(policy::EntityUid resource, read_uid(options.resource, "--resource"));
  policy::Request request{std::move(principal), std::move(action), std::move(resource)};
  if (options.context.empty()) return request;
  TRY_ASSIGN(const json::Value value, read_json_file(options.context));
  TRY_ASSIGN(request.context, read_context(value, options.context, request.action, schema));
  return request;
}

}  // namespace

void PoliciesOptions::declare(Command& command) {
  format = "cedar";
  command.option("-p,--policies", file, "file of policies and templates; without it standard input is read");
  command.option("--policy-format", format, "what the policies are written in: cedar or json");
  command.option("-k,--template-linked", links, "file of links of templates, in JSON");
}

void RequestOptions::declare(Command& command) {
  command.option("-l,--principal", principal, "who asks, as User::\"alice\"");
  command.option("-a,--action", action, "for what, as Action::\"view\"");
  command.option("-r,--resource", resource, "of what, as File::\"f\"");
  command.option("-c,--context", context, "file with the request's context, a JSON object");
  command.option("--request-json", request, "file with the whole request, in place of these four");
  command.option("--request-validation", validation, "hold the request to the schema, if there is one: true or false");
}

void SchemaOptions::declare(Command& command, bool required) {
  format = "cedar";
  if (required)
    command.required("-s,--schema", file, "file of the schema");
  else
    command.option("-s,--schema", file, "file of the schema");
  command.option("--schema-format", format, "what the schema is written in: cedar or json");
}

std::string name_of_input(const std::string& file) { return file.empty() ? "standard input" : file; }

tl::unexpected<Error> in_input(Error error, const std::string& file) {
  error.what = in_file(name_of_input(file), error.what);
  return fail(std::move(error));
}

Result<std::string> read_text(const std::string& file) {
  if (file.empty()) return read_standard_input();
  TRY_ASSIGN(const Bytes bytes, store::read_file(file, limits::kPolicyFileBytesMax));
  return std::string(as_text(bytes));
}

Result<std::string> read_policy_set(const std::string& file, const std::string& subject) {
  if (auto good = check_name(subject); !good) return usage("--subject: " + good.error().what);
  TRY_ASSIGN(const Bytes bytes, store::read_file(file, limits::kPolicyBytesMax));
  std::string text(as_text(bytes));
  if (auto good = exchange::check_policy_set(subject, text); !good) return in_input(std::move(good.error()), file);
  return text;
}

Result<policy::PolicyDocument> read_policies_text(const std::string& file) {
  TRY_ASSIGN(const std::string text, read_text(file));
  auto document = policy::read_policies(text, policy::Ids::kByAnnotation, limits::kPolicyFileBytesMax);
  if (!document) return in_input(std::move(document.error()), file);
  return document;
}

Result<policy::PolicyDocument> read_policies_json(const std::string& file) {
  TRY_ASSIGN(const json::Value value, read_json_file(file));
  auto document = policy::est::document_from_json(value);
  if (!document) return in_input(std::move(document.error()), file);
  return document;
}

Result<policy::PolicyDocument> read_policies(const PoliciesOptions& options) {
  if (options.format != "cedar" && options.format != "json")
    return fail(ErrorKind::kFix, "--policy-format is `cedar` or `json`, not `" + options.format + "`");
  TRY_ASSIGN(policy::PolicyDocument document,
             options.format == "json" ? read_policies_json(options.file) : read_policies_text(options.file));
  if (!options.links.empty()) TRY(add_links(options.links, document));
  return document;
}

Result<OptionalSchema> read_schema(const SchemaOptions& options) {
  if (options.format != "cedar" && options.format != "json")
    return fail(ErrorKind::kFix, "--schema-format is `cedar` or `json`, not `" + options.format + "`");
  if (options.file.empty()) return OptionalSchema();
  TRY_ASSIGN(const std::string text, read_text(options.file));
  auto schema =
      options.format == "json" ? policy::schema::schema_from_json(text) : policy::schema::schema_from_cedar(text);
  if (!schema) return in_input(std::move(schema.error()), options.file);
  return OptionalSchema(std::move(*schema));
}

Result<policy::Entities> read_entities(const std::string& file, const OptionalSchema& schema) {
  if (file.empty() && !schema) return policy::Entities();
  const std::string nothing = "[]";
  TRY_ASSIGN(const std::string text, file.empty() ? Result<std::string>(nothing) : read_text(file));
  auto entities = schema ? policy::schema::entities_from_json(text, *schema) : policy::entities_from_json(text);
  if (!entities) return in_input(std::move(entities.error()), file);
  return entities;
}

Result<policy::Request> read_request(const RequestOptions& options, const OptionalSchema& schema) {
  if (options.validation != "true" && options.validation != "false")
    return fail(ErrorKind::kFix, "--request-validation is `true` or `false`, not `" + options.validation + "`");
  const bool in_words =
      !options.principal.empty() || !options.action.empty() || !options.resource.empty() || !options.context.empty();
  if (!options.request.empty() && in_words)
    return fail(ErrorKind::kFix,
                "--request-json holds the whole request: leave --principal, --action, --resource and --context out");
  TRY_ASSIGN(policy::Request request,
             options.request.empty() ? request_of_words(options, schema) : request_of_file(options.request, schema));
  if (!schema || options.validation == "false") return request;
  if (auto valid = policy::validation::validate_request(request, *schema); !valid)
    return fail(std::move(valid.error()).in("the request"));
  return request;
}

Result<std::vector<policy::Request>> read_requests(const std::string& file, const OptionalSchema& schema) {
  TRY_ASSIGN(const json::Value value, read_json_file(file));
  auto all = value.as_array();
  if (!all) return in_input(std::move(all.error()), file);
  std::vector<policy::Request> requests;
  for (const json::Value& one : **all) {
    TRY_ASSIGN(policy::Request request,
               request_from_json(one, file + ": request " + std::to_string(requests.size() + 1), schema));
    requests.push_back(std::move(request));
  }
  return requests;
}

}  // namespace steelyard::cli
