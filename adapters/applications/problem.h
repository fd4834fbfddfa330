// Problems: every no that an application hears, one row of schemas/errors.def each.
//
// Threads: pure. Errors: that is what it makes. Format: docs/formats/http.md, Problems; RFC 9457.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/http/response.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

enum class Language : std::uint8_t { kEn, kZh };

// What an Accept-Language header prefers of the two; English where it names neither.
Language language_of(std::string_view accept_language);

struct ProblemParts {
  std::string detail;
  std::optional<ExchangeId> exchange{};
  bool recorded = false;            // the log holds an entry of it
  std::vector<FieldName> fields{};  // that a refusal concerns
  std::uint32_t delay_ms = 0;
};
http::Response problem(ErrorCode code, Language language, const ProblemParts& parts = {});
http::Response busy(Language language);  // there is no room now, and may be in a second

// An error without a code is this machine's, as the command line has it.
http::Response problem(const Error& error, Language language);

}  // namespace steelyard::adapters
