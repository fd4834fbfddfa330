#include "core/exchange/statement.h"

#include <string>

#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kStatementLabel = "steelyard/statement/v1\0"sv;

Bytes signed_octets(schemas::Role role, const Digest& statement) {
  Bytes octets;
  octets.reserve(kStatementLabel.size() + 1 + Digest::kSize);
  append(octets, as_bytes(kStatementLabel));
  put_le(octets, static_cast<std::uint8_t>(role));
  append(octets, statement.view());
  return octets;
}

}  // namespace

schemas::StatementSignature sign_statement(const crypto::Suite& suite, ByteView document, schemas::Role role,
                                           const MemberId& member, const crypto::SigningKey& office_key) {
  const auto signature = office_key.sign(signed_octets(role, statement_digest(suite, document)));
  return {role, member, office_key.id(), to_bytes(signature)};
}

bool verify_statement_signature(const crypto::Suite& suite, const Digest& statement,
                                const schemas::StatementSignature& signature, const crypto::VerifyingKey& key) {
  // A key of another suite's algorithm never signs in this network.
  if (key.public_key().algorithm != suite.signing || signature.key != key.id()) return false;
  return key.verify(signed_octets(signature.role, statement), signature.signature);
}

Status add_signature(StatementBytes& statement, const schemas::StatementSignature& signature) {
  std::vector<schemas::StatementSignature> signatures;
  if (!statement.signatures.empty()) {
    TRY_ASSIGN(signatures, schemas::decode<std::vector<schemas::StatementSignature>>(statement.signatures));
  }
  bool replaced = false;
  for (auto& present : signatures)
    if (present.role == signature.role && present.member == signature.member && present.key == signature.key) {
      present = signature;
      replaced = true;
    }
  if (!replaced) {
    if (signatures.size() >= limits::kSignaturesMax)
      return fail(schemas::error_of(schemas::code::statement_refused,
                                    "more than " + std::to_string(limits::kSignaturesMax) + " signatures"));
    signatures.push_back(signature);
  }
  statement.signatures = schemas::encode(signatures);
  return {};
}

}  // namespace steelyard::exchange
