// EntryBody: what one entry of the provenance log says, in kEntryBodyBytes octets. No free text, no personal data.
//
// Numbers of member, application, dataset, purpose and agreement are the log indexes of the statements in force when
// the entry was decided, so an entry can be read for ever; kNoIndex where there is none. A dataset's number names the
// catalogue version whose field order the bitmaps follow.
// Threads: plain value. Errors: decode refuses another length, version or kind. Format: docs/formats/entry.md.
#pragma once

#include <array>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "schemas/kinds.h"

namespace steelyard::exchange {

inline constexpr std::size_t kEntryBodyBytes = 209;

struct FieldSet {  // bit i: field i of the catalogue statement
  std::array<std::uint8_t, 32> octets{};
  bool operator==(const FieldSet&) const = default;
  bool has(std::size_t i) const { return (octets[i / 8] >> (i % 8) & 1) != 0; }
  void add(std::size_t i) { octets[i / 8] = static_cast<std::uint8_t>(octets[i / 8] | 1 << (i % 8)); }
  bool within(const FieldSet& other) const {
    for (std::size_t i = 0; i < octets.size(); ++i)
      if ((octets[i] & ~other.octets[i]) != 0) return false;
    return true;
  }
  bool empty() const { return *this == FieldSet{}; }
};

struct EntryBody {
  schemas::EntryKind kind = schemas::EntryKind::kStatement;
  ErrorCode verdict = 0;       // 0: permitted; else the reason, a row of schemas/errors.def
  Digest digest;               // of the message; of a close without one: the request's
  ExchangeId id;               // of the message's head; of a statement: zero
  LogIndex member = kNoIndex;  // author
  LogIndex peer = kNoIndex;    // the other side: owner of a request, user of an answer
  LogIndex application = kNoIndex;
  LogIndex dataset = kNoIndex;
  LogIndex purpose = kNoIndex;
  LogIndex agreement = kNoIndex;
  FieldSet returned;  // permitted, of what was wanted; of an answer: what it holds
  FieldSet tested;
  Digest terms;  // H(masks, row filter, limits) of the grant (core/exchange/gate.h); zero: none
  Epoch epoch;   // under which this was decided
  Instant time;  // log time
  // Answer, close, stop, event for one reader: the request's entry; statement: the statement before; received of a
  // range: the last event's.
  LogIndex related = kNoIndex;
  std::uint32_t count = 0;  // answer, event: rows; received: how many; rejections: how many; granted request: rows_max
  bool operator_present = false;
  bool case_present = false;
  bool strict = false;
  schemas::Action action = schemas::Action::kQuery;

  bool operator==(const EntryBody&) const = default;
};

std::array<std::uint8_t, kEntryBodyBytes> encode(const EntryBody& body);
Result<EntryBody> decode_entry(ByteView octets);

}  // namespace steelyard::exchange
