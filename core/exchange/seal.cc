#include "core/exchange/seal.h"

#include <cstring>

#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using std::string_view_literals::operator""sv;

constexpr std::size_t kInnerHeaderBytes = PlainSalt::kSize + 4;
constexpr std::size_t kSeqBytes = 8;
constexpr std::size_t kSealingContextsMax = 4'096;

Bytes info_of(const SealParties& parties) {
  Bytes info;
  info.reserve(160);
  append(info, as_bytes("steelyard/seal/v1"sv));
  const auto put = [&info](ByteView part) {
    put_le(info, static_cast<std::uint16_t>(part.size()));
    append(info, part);
  };
  const auto kind = static_cast<std::uint8_t>(parties.kind);
  put(as_bytes(parties.origin));
  put(as_bytes(parties.author.text));
  put(as_bytes(parties.recipient.text));
  put(parties.recipient_key.view());
  put({&kind, 1});
  return info;
}

auto does_not_open(std::string_view why) { return fail(schemas::error_of(schemas::code::verification_failed, why)); }

}  // namespace

std::size_t padded_size(std::size_t inner) {
  std::size_t bucket = 64;
  while (bucket < inner && bucket < 4'096) bucket *= 2;
  if (inner <= bucket) return bucket;
  // Beyond 4 KiB powers of two would waste up to half: eighths of the power below waste at most an eighth.
  while (bucket * 2 < inner) bucket *= 2;
  const std::size_t step = bucket / 8;
  return bucket + (inner - bucket + step - 1) / step * step;
}

Result<Bytes> Sealer::seal(const SealParties& parties, const crypto::PublicKey& recipient_key, ByteView aad,
                           const PlainSalt& salt, ByteView plaintext, Duration now) {
  Bytes info = info_of(parties);
  auto found = contexts_.find(info);
  if (found != contexts_.end() && (found->second.context.ended() || now - found->second.since > limits::kSealLife)) {
    contexts_.erase(found);
    found = contexts_.end();
  }
  if (found == contexts_.end()) {
    TRY_ASSIGN(auto context, crypto::SealingContext::open(*suite_, recipient_key, info));
    if (contexts_.size() >= kSealingContextsMax) contexts_.clear();
    found = contexts_.emplace(std::move(info), Open{std::move(context), now}).first;
  }
  crypto::SealingContext& context = found->second.context;

  Bytes inner(padded_size(kInnerHeaderBytes + plaintext.size()));
  std::memcpy(inner.data(), salt.octets.data(), PlainSalt::kSize);
  for (std::size_t i = 0; i < 4; ++i)
    inner[PlainSalt::kSize + i] = static_cast<std::uint8_t>(plaintext.size() >> (8 * i));
  if (!plaintext.empty()) std::memcpy(inner.data() + kInnerHeaderBytes, plaintext.data(), plaintext.size());

  std::uint64_t seq = 0;
  TRY_ASSIGN(const Bytes ciphertext, context.seal(aad, inner, seq));
  Bytes sealed;
  sealed.reserve(context.enc().size() + kSeqBytes + ciphertext.size());
  append(sealed, context.enc());
  put_le(sealed, seq);
  append(sealed, ciphertext);
  return sealed;
}

Result<Bytes> Opener::open(const SealParties& parties, const crypto::OpeningKey& key, ByteView aad, ByteView sealed,
                           const Commitment& commitment) {
  const std::size_t enc_bytes = suite_->enc_bytes;
  if (sealed.size() < enc_bytes + kSeqBytes + suite_->tag_bytes + kInnerHeaderBytes)
    return does_not_open("a sealed payload is too short");
  const ByteView enc = sealed.first(enc_bytes);
  const auto seq = get_le<std::uint64_t>(sealed.data() + enc_bytes);

  Bytes name = info_of(parties);
  const std::size_t info_bytes = name.size();
  append(name, enc);
  auto found = contexts_.find(name);
  if (found == contexts_.end()) {
    TRY_ASSIGN(auto context, crypto::OpeningContext::open(*suite_, key, enc, ByteView(name).first(info_bytes)));
    if (contexts_.size() >= limits::kOpeningContextsMax) contexts_.clear();
    found = contexts_.emplace(std::move(name), std::move(context)).first;
  }
  TRY_ASSIGN(const Bytes inner, found->second.open_message(seq, aad, sealed.subspan(enc_bytes + kSeqBytes)));

  if (inner.size() < kInnerHeaderBytes) return does_not_open("a payload is too short");
  const std::size_t size = get_le<std::uint32_t>(inner.data() + PlainSalt::kSize);
  if (size > inner.size() - kInnerHeaderBytes) return does_not_open("a payload's length is beyond its end");
  PlainSalt salt;
  std::memcpy(salt.octets.data(), inner.data(), PlainSalt::kSize);
  const ByteView plaintext = ByteView(inner).subspan(kInnerHeaderBytes, size);
  if (plaintext_commitment(*suite_, salt, plaintext) != commitment)
    return does_not_open("a payload is not what its envelope commits to");
  return to_bytes(plaintext);
}

}  // namespace steelyard::exchange
