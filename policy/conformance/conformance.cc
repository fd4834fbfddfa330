#include "policy/conformance/conformance.h"

#include <algorithm>
#include <optional>
#include <set>

#include "policy/authorizer.h"
#include "policy/conformance/validation_results.h"
#include "policy/entity_json.h"
#include "policy/est/policy_json.h"
#include "policy/limits.h"
#include "policy/policy_document.h"
#include "policy/schema/entity_reader.h"
#include "policy/schema/resolve.h"

namespace steelyard::policy::conformance {
namespace {

using Names = std::set<std::string>;

std::string shown(const Names& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "`" : ", `") + name + "`";
  return text.empty() ? "none" : text;
}

Result<Names> names_at(const json::Value& request, std::string_view key) {
  TRY_ASSIGN(const json::Array* items, request.array_at(key));
  Names names;
  for (const json::Value& item : *items) {
    TRY_ASSIGN(const std::string_view name, item.as_string());
    names.emplace(name);
  }
  return names;
}

// Neither policies nor a schema in Cedar's syntax begin like this.
bool is_json(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

// A schema of nothing but blanks, or of an object without members.
bool says_nothing(std::string_view text) { return text.find_first_not_of(" \t\r\n{}") == std::string_view::npos; }

Result<PolicyDocument> document_of(const std::string& text) {
  if (!is_json(text)) return read_policies(text, Ids::kByPosition, limits::kPolicyFileBytesMax);
  TRY_ASSIGN(const json::Value value, est::read_json(text));
  return est::document_from_json(value);
}

Result<validation::Schema> schema_of(const std::string& text) {
  return is_json(text) ? schema::schema_from_json(text) : schema::schema_from_cedar(text);
}

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return small;
}

class Case {
 public:
  Case(const json::Value& spec, const FileOf& file_of) : spec_(spec), file_of_(file_of) {}

  Result<Outcome> run(const Beside& beside) {
    TRY(load());
    TRY(compare_requests());
    if (!schema_) return std::move(outcome_);
    TRY(compare_should_validate());
    if (beside.json_schema != nullptr) compare_schemas(*beside.json_schema);
    if (beside.validation != nullptr) {
      const Validated all{document_.policies(), entities_, requests_, *schema_};
      TRY(compare_validation(*beside.validation, all, outcome_));
    }
    return std::move(outcome_);
  }

 private:
  Status load() {
    TRY_ASSIGN(const std::string policies, text_of("policies"));
    auto document = document_of(policies);
    if (!document) return in(std::move(document.error()), "policies");
    document_ = std::move(*document);
    TRY_ASSIGN(set_, compile(document_));
    TRY_ASSIGN(const std::string entities, text_of("entities"));
    TRY(load_schema());
    if (schema_) {
      if (auto by_schema = schema::entities_from_json(entities, *schema_); by_schema) {
        entities_ = std::move(*by_schema);
        return {};
      }
    }
    auto read = entities_from_json(entities);
    if (!read) return in(std::move(read.error()), "entities");
    entities_ = std::move(*read);
    return {};
  }

  // Values are read as the schema says, or, where they are not as it says, by what they say themselves.
  Result<Value> context_of(const json::Value& value, const EntityUid& action) const {
    if (schema_)
      if (auto by_schema = schema::context_from_json(value, action, *schema_); by_schema) return by_schema;
    return value_from_json(value);
  }

  Status load_schema() {
    if (spec_.find("schema") == nullptr) return {};
    TRY_ASSIGN(const std::string text, text_of("schema"));
    if (says_nothing(text)) return {};
    auto schema = schema_of(text);
    if (!schema) return in(std::move(schema.error()), "schema");
    schema_ = std::move(*schema);
    return {};
  }

  Result<std::string> text_of(std::string_view key) {
    TRY_ASSIGN(const std::string path, spec_.string_at(key));
    return file_of_(path);
  }

  static tl::unexpected<Error> in(Error error, std::string_view where) { return fail(std::move(error).in(where)); }

  Status compare_requests() {
    TRY_ASSIGN(const json::Array* requests, spec_.array_at("requests"));
    for (const json::Value& one : *requests) {
      const std::string where = "request " + std::to_string(outcome_.requests++);
      if (auto compared = compare_request(one, where); !compared) return in(std::move(compared.error()), where);
    }
    return {};
  }

  Status compare_request(const json::Value& spec, const std::string& where) {
    const auto uid = [&spec](std::string_view key) -> Result<EntityUid> {
      TRY_ASSIGN(const json::Value* value, spec.at(key));
      return entity_uid_from_json(*value);
    };
    TRY_ASSIGN(EntityUid principal, uid("principal"));
    TRY_ASSIGN(EntityUid action, uid("action"));
    TRY_ASSIGN(EntityUid resource, uid("resource"));
    const json::Value* said = spec.find("context");
    TRY_ASSIGN(Value context, context_of(said == nullptr ? json::object({}) : *said, action));
    if (!context.is(Type::kRecord)) return fail(ErrorKind::kFix, "the context is no record");
    requests_.push_back({std::move(principal), std::move(action), std::move(resource), std::move(context)});
    const Decision decision = decide(requests_.back(), entities_, set_);
    TRY_ASSIGN(const std::string decided, spec.string_at("decision"));
    const std::string wanted = in_small_letters(decided);  // older cases have `Allow`
    const std::string_view is = decision.allow ? "allow" : "deny";
    if (wanted != is) mismatch(where, "decision: `" + wanted + "` is expected, `" + std::string(is) + "` it is");
    TRY_ASSIGN(const Names reasons, names_at(spec, "reason"));
    compare(where, "reasons", reasons, {decision.reasons.begin(), decision.reasons.end()});
    TRY_ASSIGN(const Names errors, names_at(spec, "errors"));
    Names erred;
    for (const PolicyError& error : decision.errors) erred.insert(error.policy);
    compare(where, "errors", errors, erred);
    return {};
  }

  void compare(const std::string& where, std::string_view what, const Names& wanted, const Names& are) {
    if (wanted != are)
      mismatch(where, std::string(what) + ": " + shown(wanted) + " are expected, " + shown(are) + " they are");
  }

  Status compare_should_validate() {
    if (spec_.find("shouldValidate") == nullptr) return {};
    TRY_ASSIGN(const bool wanted, spec_.bool_at("shouldValidate"));
    ++outcome_.validations;
    const validation::Report report = validation::validate(document_, *schema_);
    if (report.has_errors() == wanted)
      mismatch("validation", wanted ? "the policies are expected to be valid: " + first_error(report)
                                    : "the policies are expected not to be valid");
    return {};
  }

  void compare_schemas(const std::string& json_form) {
    ++outcome_.validations;
    const auto other = schema::schema_from_json(json_form);
    if (!other)
      mismatch("schema in JSON", other.error().what);
    else if (*other != *schema_)
      mismatch("schema in JSON", "it means another schema");
  }

  void mismatch(std::string where, std::string what) {
    outcome_.mismatches.push_back({std::move(where), std::move(what)});
  }

  const json::Value& spec_;
  const FileOf& file_of_;
  PolicyDocument document_;
  PolicySet set_;
  Entities entities_;
  std::optional<validation::Schema> schema_;
  std::vector<Request> requests_;
  Outcome outcome_;
};

}  // namespace

bool is_case(const json::Value& document) {
  return document.find("policies") != nullptr && document.find("entities") != nullptr &&
         document.find("requests") != nullptr;
}

Result<Outcome> run_case(const json::Value& spec, const FileOf& file_of, const Beside& beside) {
  return Case(spec, file_of).run(beside);
}

}  // namespace steelyard::policy::conformance
