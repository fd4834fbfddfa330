// The codec: values of schemas/*.h to their exact bytes and back. The only code that sees FlatBuffers.
//
// Encoding is deterministic for one build of the encoder; nobody relies on more: digests are over the bytes that
// arrived. Decoding copies to aligned memory, caps bytes first, verifies with the limits of core/base/limits.h, then
// checks every id, enum, length and size, so that a decoded value is well formed whoever sent it. Trailing bytes,
// unknown enum values and a kind other than expected are errors (kFix, code malformed).
// Threads: stateless. Format: docs/formats/messages.md, payload.md, statement.md; schemas/*.fbs.
#pragma once

#include <vector>

#include "core/base/bytes.h"
#include "schemas/messages.h"
#include "schemas/payload.h"
#include "schemas/statement.h"

namespace steelyard::schemas {

Bytes encode(const Request& value);
Bytes encode(const Answer& value);
Bytes encode(const Received& value);
Bytes encode(const Event& value);
Bytes encode(const Grant& value);
Bytes encode(const Refusal& value);
Bytes encode(const Recorded& value);
Bytes encode(const Rejection& value);

Bytes encode(const Hello& value);
Bytes encode(const Welcome& value);
Bytes encode(const Ping& value);
Bytes encode(const Pong& value);
Bytes encode(const Credit& value);
Bytes encode(const Ack& value);
Bytes encode(const Sync& value);
Bytes encode(const TileRequest& value);
Bytes encode(const Tile& value);
Bytes encode(const Checkpoint& value);
Bytes encode(const Cosign& value);

Bytes encode(const RequestPayload& value);
Bytes encode(const AnswerPayload& value);
Bytes encode(const EventPayload& value);

// A statement's document; its signatures are the payload of the Statement message.
Bytes encode(const Statement& value);
Bytes encode(const std::vector<StatementSignature>& value);

// decode<Request>(bytes) and so on for each type above.
template <class T>
Result<T> decode(ByteView bytes);

}  // namespace steelyard::schemas
