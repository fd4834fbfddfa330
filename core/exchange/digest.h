// Digests over exact bytes: of messages, statements, entries. Never over a decoded and re-encoded value.
//
// Threads: pure. Format: docs/formats/messages.md, statement.md, entry.md.
#pragma once

#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/suite.h"
#include "schemas/kinds.h"

namespace steelyard::exchange {

// H("steelyard/message/v1" || 00 || kind || u32le len(envelope) || envelope || H(payload))
Digest message_digest(const crypto::Suite& suite, schemas::MessageKind kind, ByteView envelope, ByteView payload);

// The same of many messages, which takes less time together.
struct MessageParts {
  schemas::MessageKind kind;
  ByteView envelope;
  ByteView payload;
};
std::vector<Digest> message_digests(const crypto::Suite& suite, std::span<const MessageParts> messages);

// The message digest of kind Statement over the document with an empty payload: what signatures and approvals name.
Digest statement_digest(const crypto::Suite& suite, ByteView document);

// H("steelyard/entry/v1" || 00 || salt || body): what the tree's leaves are made of.
Commitment entry_commitment(const crypto::Suite& suite, const Salt& salt, ByteView body);

// H(salt || plaintext): what an envelope says of its sealed payload.
Commitment plaintext_commitment(const crypto::Suite& suite, const PlainSalt& salt, ByteView plaintext);

// H(salt || u32le len(operator) || operator || case)
Commitment behalf_commitment(const crypto::Suite& suite, const PlainSalt& salt, std::string_view operator_id,
                             std::string_view case_number);

}  // namespace steelyard::exchange
