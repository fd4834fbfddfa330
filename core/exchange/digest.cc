#include "core/exchange/digest.h"

#include <array>

#include "core/crypto/hash.h"

namespace steelyard::exchange {
namespace {

using namespace std::string_view_literals;

// Each label ends in a zero octet, so that no label is the beginning of another one's input.
constexpr std::string_view kMessageLabel = "steelyard/message/v1\0"sv;
constexpr std::string_view kEntryLabel = "steelyard/entry/v1\0"sv;

std::array<std::uint8_t, 4> le32(std::size_t size) {
  const auto value = static_cast<std::uint32_t>(size);
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
}

// Most messages have no payload.
const Digest& of_nothing(const crypto::Suite& suite) {
  static const Digest kSha256 = crypto::Hasher(crypto::HashId::kSha256).finish();
  static const Digest kSha384 = crypto::Hasher(crypto::HashId::kSha384Truncated).finish();
  return suite.hash == crypto::HashId::kSha256 ? kSha256 : kSha384;
}

Commitment as_commitment(const Digest& digest) { return Commitment{digest.octets}; }

}  // namespace

Digest message_digest(const crypto::Suite& suite, schemas::MessageKind kind, ByteView envelope, ByteView payload) {
  const Digest of_payload = payload.empty() ? of_nothing(suite) : crypto::hash(suite, payload);
  crypto::Hasher hasher(suite);
  hasher.add(kMessageLabel).add_octet(static_cast<std::uint8_t>(kind)).add(le32(envelope.size()));
  return hasher.add(envelope).add(of_payload.view()).finish();
}

Digest statement_digest(const crypto::Suite& suite, ByteView document) {
  return message_digest(suite, schemas::MessageKind::kStatement, document, {});
}

Commitment entry_commitment(const crypto::Suite& suite, const Salt& salt, ByteView body) {
  return as_commitment(crypto::Hasher(suite).add(kEntryLabel).add(salt.view()).add(body).finish());
}

Commitment plaintext_commitment(const crypto::Suite& suite, const PlainSalt& salt, ByteView plaintext) {
  return as_commitment(crypto::Hasher(suite).add(salt.view()).add(plaintext).finish());
}

Commitment behalf_commitment(const crypto::Suite& suite, const PlainSalt& salt, std::string_view operator_id,
                             std::string_view case_number) {
  crypto::Hasher hasher(suite);
  hasher.add(salt.view()).add(le32(operator_id.size())).add(operator_id).add(case_number);
  return as_commitment(hasher.finish());
}

}  // namespace steelyard::exchange
