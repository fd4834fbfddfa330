#include "core/exchange/digest.h"

#include "core/crypto/hash.h"

namespace steelyard::exchange {
namespace {

using std::string_view_literals::operator""sv;

std::array<std::uint8_t, 4> u32le(std::size_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
}

}  // namespace

Digest message_digest(const crypto::Suite& suite, schemas::MessageKind kind, ByteView envelope, ByteView payload) {
  const Digest sealed = crypto::hash(suite, payload);
  return crypto::Hasher(suite)
      .add("steelyard/message/v1\0"sv)
      .add_octet(static_cast<std::uint8_t>(kind))
      .add(u32le(envelope.size()))
      .add(envelope)
      .add(sealed.view())
      .finish();
}

Digest statement_digest(const crypto::Suite& suite, ByteView document) {
  return message_digest(suite, schemas::MessageKind::kStatement, document, {});
}

Commitment entry_commitment(const crypto::Suite& suite, const Salt& salt, ByteView body) {
  return {crypto::Hasher(suite).add("steelyard/entry/v1\0"sv).add(salt.view()).add(body).finish().octets};
}

Commitment plaintext_commitment(const crypto::Suite& suite, const PlainSalt& salt, ByteView plaintext) {
  return {crypto::Hasher(suite).add(salt.view()).add(plaintext).finish().octets};
}

Commitment behalf_commitment(const crypto::Suite& suite, const PlainSalt& salt, std::string_view operator_id,
                             std::string_view case_number) {
  return {crypto::Hasher(suite)
              .add(salt.view())
              .add(u32le(operator_id.size()))
              .add(operator_id)
              .add(case_number)
              .finish()
              .octets};
}

}  // namespace steelyard::exchange
