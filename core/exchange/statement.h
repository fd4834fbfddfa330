// Statements as bytes: the document, and the signatures beside it.
//
// Threads: pure. Errors: statement_refused, bad_signature. Format: docs/formats/statement.md.
#pragma once

#include "core/crypto/keys.h"
#include "schemas/codec.h"

namespace steelyard::exchange {

struct StatementBytes {
  Bytes document;
  Bytes signatures;  // encoded list; the payload of the Statement message
};

// Over "steelyard/statement/v1" || 00 || role || statement digest, by an office key.
schemas::StatementSignature sign_statement(const crypto::Suite& suite, ByteView document, schemas::Role role,
                                           const MemberId& member, const crypto::SigningKey& office_key);
bool verify_statement_signature(const crypto::Suite& suite, const Digest& statement,
                                const schemas::StatementSignature& signature, const crypto::VerifyingKey& key);
// Adds one to `statement`, replacing one of the same role, member and key.
Status add_signature(StatementBytes& statement, const schemas::StatementSignature& signature);

}  // namespace steelyard::exchange
