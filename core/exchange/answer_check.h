// An answer against its request and grant. The broker checks what stands in clear; the consumer the content too.
//
// INVARIANT(bind-answer-to-request), INVARIANT(fields-within-grant) are enforced here, on both sides.
// Threads: pure. Errors: unexpected_answer, answer_outside_grant, naming what does not fit.
#pragma once

#include "core/exchange/entry.h"
#include "schemas/messages.h"
#include "schemas/payload.h"

namespace steelyard::exchange {

// What was asked and granted, as both sides know it.
struct Granted {
  Digest request;
  Commitment entry;             // of the request's entry
  MemberId user;
  MemberId owner;
  ExchangeId id;
  Instant expires;
  KeyId reply_key;              // zero: not known (after a restart of the broker); then not checked
  std::vector<FieldName> fields;
  std::uint32_t rows_max = 0;
};

Status check_answer(const schemas::Answer& answer, const MemberId& session_member, const Granted& granted);
Status check_content(const schemas::AnswerPayload& payload, const schemas::Answer& answer, const Granted& granted);

}  // namespace steelyard::exchange
