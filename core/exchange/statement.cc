#include "core/exchange/statement.h"

#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

Bytes signed_octets(schemas::Role role, const Digest& statement) {
  using std::string_view_literals::operator""sv;
  Bytes octets = to_bytes(as_bytes("steelyard/statement/v1\0"sv));
  octets.push_back(static_cast<std::uint8_t>(role));
  append(octets, statement.view());
  return octets;
}

}  // namespace

schemas::StatementSignature sign_statement(const crypto::Suite& suite, ByteView document, schemas::Role role,
                                           const MemberId& member, const crypto::SigningKey& office_key) {
  const crypto::Signature signature = office_key.sign(signed_octets(role, statement_digest(suite, document)));
  return {role, member, office_key.id(), Bytes(signature.begin(), signature.end())};
}

bool verify_statement_signature(const crypto::Suite&, const Digest& statement,
                                const schemas::StatementSignature& signature, const crypto::VerifyingKey& key) {
  return signature.key == key.id() && key.verify(signed_octets(signature.role, statement), signature.signature);
}

Status add_signature(StatementBytes& statement, const schemas::StatementSignature& signature) {
  std::vector<schemas::StatementSignature> signatures;
  if (!statement.signatures.empty()) {
    TRY_ASSIGN(signatures, schemas::decode<std::vector<schemas::StatementSignature>>(statement.signatures));
  }
  std::erase_if(signatures, [&](const schemas::StatementSignature& other) {
    return other.role == signature.role && other.member == signature.member && other.key == signature.key;
  });
  if (signatures.size() >= limits::kSignaturesMax)
    return fail(schemas::error_of(schemas::code::statement_refused, "too many signatures"));
  signatures.push_back(signature);
  statement.signatures = schemas::encode(signatures);
  return {};
}

}  // namespace steelyard::exchange
