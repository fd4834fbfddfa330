// Values and conditions as people type them and read them.
//
// Threads: pure. Errors: kFix (usage), naming the condition and what to write.
// Format: `field=value`, `!=`, `<`, `<=`, `>`, `>=`, `field in a,b,c`; dates 2026-11-23, timestamps RFC 3339, bytes
// base64, booleans true and false.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/usage.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "schemas/payload.h"

namespace steelyard::cli {

Result<schemas::Value> parse_value(std::string_view text, schemas::ValueType type);

using TypeOf = std::function<std::optional<schemas::ValueType>(const FieldName&)>;
Result<schemas::Parameter> parse_condition(std::string_view text, const TypeOf& type_of);

std::vector<std::string> split(std::string_view text, char at);  // pieces trimmed, empty ones left out

// Names with commas between them, one at least; the error names the option.
template <class Id>
Result<std::vector<Id>> names_of(const std::string& text, const char* option) {
  std::vector<Id> made;
  for (const std::string& one : split(text, ',')) {
    if (auto good = check_name(one); !good) return usage(std::string(option) + ": " + good.error().what);
    made.emplace_back(one);
  }
  if (made.empty()) return usage(std::string(option) + ": name at least one");
  return made;
}

std::string trim(std::string_view text);
Result<Duration> parse_duration(std::string_view text);  // "250ms", "30s", "5m"
// When something ends: nothing where nothing is said, else not before `now`; the error names the option.
Result<std::optional<Instant>> end_of(const std::string& text, const char* option, Instant now);

}  // namespace steelyard::cli
