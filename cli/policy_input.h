// What the verbs about the policy language read: policies with their links, entities, requests; the options that name
// their files, called as in Cedar's own command line.
//
// Files are read whole and bounded; standard input where no file of policies is named.
// Owns: options, until the verb has run. Threads: main's. Errors: kFix, "FILE:line:column: ..." for text, "FILE: " and
// the way to what is wrong for JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "core/base/result.h"
#include "policy/entities.h"
#include "policy/policy_document.h"
#include "policy/request.h"
#include "policy/validation/schema.h"

namespace steelyard::cli {

struct PoliciesOptions {
  std::string file;    // empty: standard input
  std::string format;  // cedar or json
  std::string links;   // a file, or empty

  void declare(Command& command);
};

struct RequestOptions {
  std::string principal, action, resource;
  std::string context;  // a file, or empty
  std::string request;  // a file with all of it, or empty
  std::string validation = "true";

  void declare(Command& command);
};

struct SchemaOptions {
  std::string file;    // empty: without one
  std::string format;  // cedar or json

  void declare(Command& command, bool required = false);
};

// The text of a file, or of standard input where `file` is empty.
Result<std::string> read_text(const std::string& file);
// For messages: its name, or "standard input"; and an error with that in front.
std::string name_of_input(const std::string& file);
tl::unexpected<Error> in_input(Error error, const std::string& file);

Result<policy::PolicyDocument> read_policies(const PoliciesOptions& options);
Result<policy::PolicyDocument> read_policies_text(const std::string& file);
Result<policy::PolicyDocument> read_policies_json(const std::string& file);

// The text of a set that a statement is to publish, validated here as the broker will: what is wrong has a line.
Result<std::string> read_policy_set(const std::string& file, const std::string& subject);

using OptionalSchema = std::optional<policy::validation::Schema>;
Result<OptionalSchema> read_schema(const SchemaOptions& options);
// Entities, none where no file is named, and requests; with a schema read as it says, and held to it.
Result<policy::Entities> read_entities(const std::string& file, const OptionalSchema& schema);
Result<policy::Request> read_request(const RequestOptions& options, const OptionalSchema& schema);
// Of a file that holds an array of them, each as --request-json has one.
Result<std::vector<policy::Request>> read_requests(const std::string& file, const OptionalSchema& schema);

}  // namespace steelyard::cli
