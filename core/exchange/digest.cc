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

std::vector<Digest> message_digests(const crypto::Suite& suite, std::span<const MessageParts> messages) {
  std::vector<ByteView> inputs;
  inputs.reserve(messages.size());
  std::size_t size = 0;
  for (const MessageParts& message : messages) {
    if (!message.payload.empty()) inputs.push_back(message.payload);
    size += kMessageLabel.size() + 1 + 4 + message.envelope.size() + Digest::kSize;
  }
  std::vector<Digest> of_payloads(inputs.size());
  crypto::hash_each(suite, inputs, of_payloads);

  inputs.clear();
  Bytes octets;
  octets.reserve(size);  // so that `inputs` may point into it
  auto of_payload = of_payloads.begin();
  for (const MessageParts& message : messages) {
    const std::size_t begin = octets.size();
    append(octets, as_bytes(kMessageLabel));
    put_le(octets, static_cast<std::uint8_t>(message.kind));
    put_le(octets, static_cast<std::uint32_t>(message.envelope.size()));
    append(octets, message.envelope);
    append(octets, (message.payload.empty() ? of_nothing(suite) : *of_payload++).view());
    inputs.push_back(ByteView(octets).subspan(begin));
  }
  std::vector<Digest> digests(messages.size());
  crypto::hash_each(suite, inputs, digests);
  return digests;
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
