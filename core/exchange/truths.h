// Truths: what an answer to `verify` holds in place of rows: one of true, false, unknown for each claim, and no data.
//
// They travel as one column of integers, so that as many claims take as many octets, whatever they say.
// Threads: pure. Errors: answer_outside_grant. Format: docs/formats/payload.md, Verify.
#pragma once

#include <string_view>
#include <vector>

#include "schemas/messages.h"
#include "schemas/payload.h"

namespace steelyard::exchange {

enum class Truth : std::uint8_t { kFalse = 0, kTrue = 1, kUnknown = 2 };
std::string_view name_of(Truth truth);  // "false", "true", "unknown"

schemas::Rows rows_of(const std::vector<Truth>& truths);

// What the user's side checks in place of check_content(): as many truths as it made claims, and nothing else.
Result<std::vector<Truth>> truths_of(const schemas::AnswerPayload& payload, const schemas::Answer& answer,
                                     std::size_t claims);

}  // namespace steelyard::exchange
