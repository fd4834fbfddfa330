// The envelopes: what stands in clear around a sealed payload, and the control messages.
//
// Plain values; schemas/codec.h turns them into their exact bytes and back. A decoded value owns its memory.
// Envelopes hold registered ids, numbers and digests only: no free text, no personal data.
// Format: docs/formats/messages.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "schemas/kinds.h"

namespace steelyard::schemas {

inline constexpr std::uint16_t kEnvelopeVersion = 1;

struct Head {
  std::uint16_t version = kEnvelopeVersion;
  MessageKind kind = MessageKind::kRequest;
  std::string origin;  // of the log
  MemberId author;     // of the broker: the log origin
  KeyId key;           // that signs the bundle
  MemberId recipient;  // of what the broker records only: the log origin
  ExchangeId id;       // UUIDv7; answers and the broker's messages repeat the request's
  Instant expires;
  bool operator==(const Head&) const = default;
};

struct Request {
  Head head;
  ApplicationId application;
  DatasetId dataset;
  Action action = Action::kQuery;
  PurposeId purpose;
  AgreementId agreement;              // empty: the one that matches
  std::vector<FieldName> fields;      // wanted
  std::vector<FieldName> conditions;  // every field that a parameter tests
  bool strict = false;                // a withheld field refuses the whole request
  Bytes reply_key;                    // public key that the answer is sealed to
  bool operator_present = false;
  bool case_present = false;
  Commitment behalf;  // docs/formats/seal.md
  KeyId seal_key;     // the owner's sealing key that the payload is sealed to
  Commitment plaintext;
  bool operator==(const Request&) const = default;
};

struct Answer {
  Head head;
  Digest request;            // digest of the request
  Commitment request_entry;  // commitment of the request's entry
  std::vector<FieldName> fields;
  std::uint32_t rows = 0;
  AnswerStatus status = AnswerStatus::kComplete;
  ErrorCode reason = 0;          // of kNo; else 0
  std::optional<Instant> as_of;  // absent: unknown
  Digest ledger_head;            // of the owner's access ledger after this answer
  std::uint64_t ledger_size = 0;
  KeyId seal_key;  // key id of the request's reply_key
  Commitment plaintext;
  ExchangeId view{};           // of an answer that starts a subscription; else zero
  std::uint32_t delay_ms = 0;  // of kNo: ask again not before; 0: as the reason says
  bool operator==(const Answer&) const = default;
};

// Names answers, or a range of a subscription's events: docs/formats/events.md.
struct Received {
  Head head;
  std::vector<Digest> answers;  // digests of the answers that the author opened
  ExchangeId subscription{};    // zero: it names answers
  LogIndex upto;                // the last event's entry that was dealt with, or the subscription's start
  bool stop = false;            // no more are wanted
  bool operator==(const Received&) const = default;
};

// What an owner says of a dataset to all who read a view, or to one of them. docs/formats/events.md.
struct Event {
  Head head;  // its id is the view
  DatasetId dataset;
  std::uint64_t sequence = 0;
  std::uint64_t previous = 0;  // 0: none
  ExchangeId subscription{};   // zero: all readers of the view
  EventContent content = EventContent::kChanges;
  std::uint32_t period = 0;
  bool first = false, last = false;  // part of a snapshot
  std::vector<FieldName> fields;
  std::uint32_t rows = 0;
  ErrorCode reason = 0;  // of kStop
  Instant time;
  Commitment plaintext;  // zero: nothing is sealed
  bool operator==(const Event&) const = default;
};

struct Mask {
  FieldName field;
  std::string mask;
  bool operator==(const Mask&) const = default;
};

// The verdict on the owner's side of the broker, signed by the broker's bundle: a promise.
struct Grant {
  Head head;
  Digest request;
  LogIndex index;
  Salt salt;
  Bytes body;                     // of the entry (docs/formats/entry.md)
  std::vector<FieldName> fields;  // permitted: returned
  std::vector<FieldName> withheld;
  std::vector<Mask> masks;  // docs/formats/masks.md
  std::string row_filter;   // docs/formats/row-filter.md; empty: every row
  std::uint32_t rows_max = 0;
  bool operator==(const Grant&) const = default;
};

struct Refusal {
  Head head;
  Digest request;
  LogIndex index;
  Salt salt;
  Bytes body;                     // its verdict is the reason
  std::vector<FieldName> fields;  // that the reason concerns; empty: the whole request
  bool operator==(const Refusal&) const = default;
};

// A promise: the message with this digest stands in the log at `index`.
struct Recorded {
  Head head;
  Digest digest;
  LogIndex index;
  Salt salt;
  Bytes body;
  bool operator==(const Recorded&) const = default;
};

struct Rejection {
  Head head;
  Digest rejected;  // digest of the message, or zero where only the frame is known
  ErrorCode code = 0;
  std::uint32_t delay_ms = 0;  // retry not before; 0: as the code says
  bool operator==(const Rejection&) const = default;
};

// Control messages.

struct Hello {
  std::vector<std::uint16_t> versions;
  ExchangeId boot;  // of this process, UUIDv7
  MemberId member;
  std::vector<DatasetId> provides;  // empty: consumer only
  LogIndex next_statement;          // first log index not yet replicated
  Instant clock;
  std::string software;  // "steelyard-adapter 0.1.0"
  bool operator==(const Hello&) const = default;
};

struct Welcome {
  std::uint16_t version = kEnvelopeVersion;
  ExchangeId boot;  // of the broker
  std::string origin;
  Digest network;
  Epoch epoch;
  Instant clock;
  Bytes checkpoint;  // the newest signed one, a note; empty before the first
  bool operator==(const Welcome&) const = default;
};

struct Ping {
  std::uint64_t nonce = 0;
  Instant clock;
  bool operator==(const Ping&) const = default;
};
struct Pong {
  std::uint64_t nonce = 0;
  Instant clock;
  bool operator==(const Pong&) const = default;
};

// Totals since Hello: the receiver of Credit may have sent this much in all. Totals repair themselves.
struct Credit {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;  // of whole frames
  bool operator==(const Credit&) const = default;
};

// A state, not a step: a lost one is repaired by the next.
struct Ack {
  DatasetId dataset;
  std::uint64_t sequence = 0;             // the last that is recorded; 0: none
  std::vector<ExchangeId> subscriptions;  // all that stand
  bool operator==(const Ack&) const = default;
};

struct Sync {
  LogIndex from;  // statements at and after this index, then all that follow
  bool operator==(const Sync&) const = default;
};

struct TileRequest {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  std::uint16_t width = 0;  // 1 to 256
  bool operator==(const TileRequest&) const = default;
};
struct Tile {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  std::uint16_t width = 0;
  std::vector<Digest> hashes;  // `width` of them
  bool operator==(const Tile&) const = default;
};

struct Checkpoint {
  Bytes note;  // signed note, docs/formats/checkpoint.md
  bool operator==(const Checkpoint&) const = default;
};
struct Cosign {
  Bytes note;  // the checkpoint with the sender's cosignature as its only further line
  bool operator==(const Cosign&) const = default;
};

}  // namespace steelyard::schemas
