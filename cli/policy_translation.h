// What the verbs that translate share: between the language's own syntax and its JSON form.
//
// Owns: nothing. Threads: main's. Errors: kFix.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "core/base/result.h"

namespace steelyard::cli {

enum class Direction { kCedarToJson, kJsonToCedar };
Result<Direction> direction_named(const std::string& name);  // "cedar-to-json" or "json-to-cedar"

// As it stands, or, where data is printed, as the only member of an object.
void print_text(Terminal& terminal, const std::string& member, const std::string& text);
// In lines, or, where data is printed, in one.
void print_document(Terminal& terminal, const json::Value& value);

// Prints a schema in its other form.
Status translate_schema(Terminal& terminal, Direction direction, const std::string& file);

}  // namespace steelyard::cli
