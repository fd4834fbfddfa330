#include "core/exchange/seal.h"

#include <bit>
#include <cstring>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

constexpr std::string_view kSealLabel = "steelyard/seal/v1";
constexpr std::size_t kSeqBytes = 8;
constexpr std::size_t kInnerHeadBytes = PlainSalt::kSize + 4;
constexpr std::size_t kPowersUpTo = 4 * 1024;  // small payloads: few sizes; large ones: at most an eighth is wasted

void append_prefixed(Bytes& to, ByteView octets) {
  CHECK(octets.size() <= 255);
  put_le(to, static_cast<std::uint8_t>(octets.size()));
  append(to, octets);
}

// Every part after the label has its length before it, so that no two parties give the same octets.
void write_info(Bytes& info, const SealParties& parties) {
  info.clear();
  append(info, as_bytes(kSealLabel));
  append_prefixed(info, as_bytes(parties.origin));
  append_prefixed(info, as_bytes(parties.author.text));
  append_prefixed(info, as_bytes(parties.recipient.text));
  append_prefixed(info, parties.recipient_key.view());
  const auto kind = static_cast<std::uint8_t>(parties.kind);
  append_prefixed(info, ByteView{&kind, 1});
}

// Compared with itself one octet on, which memcmp does many octets at a time.
bool all_zero(ByteView octets) {
  return octets.empty() || (octets[0] == 0 && std::memcmp(octets.data(), octets.data() + 1, octets.size() - 1) == 0);
}

tl::unexpected<Error> unsealable(std::string_view what) {
  return fail(schemas::error_of(schemas::code::verification_failed, what));
}

}  // namespace

std::size_t padded_size(std::size_t inner) {
  if (inner <= kPowersUpTo) return std::bit_ceil(inner);
  const std::size_t step = std::bit_floor(inner) / 8;
  return (inner + step - 1) / step * step;
}

std::size_t inside_size(std::size_t plaintext) { return padded_size(kInnerHeadBytes + plaintext); }

void append_inside(Bytes& to, const PlainSalt& salt, ByteView plaintext) {
  const std::size_t end = to.size() + inside_size(plaintext.size());
  append(to, salt.view());
  put_le(to, static_cast<std::uint32_t>(plaintext.size()));
  append(to, plaintext);
  to.resize(end, 0);
}

Result<Bytes> take_inside(const crypto::Suite& suite, Bytes inside, const Commitment& commitment) {
  PlainSalt salt;
  if (inside.size() < kInnerHeadBytes) return unsealable("the payload is too short inside");
  std::memcpy(salt.octets.data(), inside.data(), PlainSalt::kSize);
  const std::size_t size = get_le<std::uint32_t>(inside.data() + PlainSalt::kSize);
  if (size > inside.size() - kInnerHeadBytes || padded_size(kInnerHeadBytes + size) != inside.size())
    return unsealable("the payload's length is not what its padding says");
  if (!all_zero(ByteView(inside).subspan(kInnerHeadBytes + size)))
    return unsealable("the payload's padding is not zero");
  if (plaintext_commitment(suite, salt, ByteView(inside).subspan(kInnerHeadBytes, size)) != commitment)
    return unsealable("the payload is not what the envelope commits to");
  inside.resize(kInnerHeadBytes + size);
  inside.erase(inside.begin(), inside.begin() + static_cast<std::ptrdiff_t>(kInnerHeadBytes));
  return inside;
}

Result<Sealer::Open*> Sealer::context_for(const SealParties& parties, const crypto::PublicKey& recipient_key,
                                          Duration now) {
  write_info(info_, parties);
  if (const auto found = contexts_.find(info_); found != contexts_.end()) {
    Open& open = found->second;
    const bool young = now.us - open.since.us < limits::kSealLife.us && now >= open.since;
    if (young && !open.context.ended() && open.recipient == recipient_key.octets) return &open;
    contexts_.erase(found);
  }
  if (recipient_key.id() != parties.recipient_key)
    return fail(ErrorKind::kFix, "sealing to " + parties.recipient.text + ": the key has another id than named");
  // Members choose the keys that answers go to, so their number is not ours.
  if (contexts_.size() >= limits::kOpeningContextsMax) contexts_.clear();
  TRY_ASSIGN(auto context, crypto::SealingContext::open(*suite_, recipient_key, info_));
  const auto [at, inserted] = contexts_.emplace(info_, Open{std::move(context), now, recipient_key.octets});
  CHECK(inserted);
  return &at->second;
}

Result<Bytes> Sealer::seal(const SealParties& parties, const crypto::PublicKey& recipient_key, ByteView aad,
                           const PlainSalt& salt, ByteView plaintext, Duration now) {
  if (plaintext.size() > limits::kMessageBytesMax)
    return fail(ErrorKind::kFix, "sealing: a plaintext of " + std::to_string(plaintext.size()) + " octets");
  const std::size_t size = inside_size(plaintext.size());
  if (suite_->enc_bytes + kSeqBytes + size + suite_->tag_bytes > limits::kMessageBytesMax)
    return fail(ErrorKind::kFix, "sealing: " + std::to_string(plaintext.size()) + " octets do not fit a message");
  TRY_ASSIGN(Open * open, context_for(parties, recipient_key, now));

  // Written where it is sealed, so that no copy of the plaintext is left.
  const std::size_t head = suite_->enc_bytes + kSeqBytes;
  Bytes sealed;
  sealed.reserve(head + size + suite_->tag_bytes);
  append(sealed, open->context.enc());
  put_le(sealed, open->context.next_seq());
  append_inside(sealed, salt, plaintext);
  sealed.resize(head + size + suite_->tag_bytes, 0);
  open->context.seal_in_place(aad, std::span(sealed).subspan(head));
  return sealed;
}

Result<Bytes> Opener::open(const SealParties& parties, const crypto::OpeningKey& key, ByteView aad, ByteView sealed,
                           const Commitment& commitment) {
  const std::size_t head = suite_->enc_bytes + kSeqBytes;
  if (sealed.size() < head + suite_->tag_bytes + kInnerHeadBytes)
    return fail(schemas::error_of(schemas::code::malformed, "a sealed payload of " + std::to_string(sealed.size())));
  if (key.id() != parties.recipient_key) return unsealable("the payload is sealed to another key");
  const ByteView enc = sealed.first(suite_->enc_bytes);
  const auto seq = get_le<std::uint64_t>(sealed.data() + suite_->enc_bytes);
  const ByteView ciphertext = sealed.subspan(head);

  write_info(name_, parties);
  const std::size_t info_bytes = name_.size();
  append(name_, enc);
  auto known = contexts_.find(name_);
  Result<Bytes> inner = tl::unexpected(Error{});
  if (known != contexts_.end()) {
    inner = known->second.open_message(seq, aad, ciphertext);
  } else {
    TRY_ASSIGN(auto context, crypto::OpeningContext::open(*suite_, key, enc, ByteView(name_).first(info_bytes)));
    inner = context.open_message(seq, aad, ciphertext);
    // Only a context that opened something is worth its place.
    if (inner) {
      if (contexts_.size() >= limits::kOpeningContextsMax) contexts_.clear();
      contexts_.emplace(name_, std::move(context));
    }
  }
  if (!inner) return unsealable("the payload does not open");

  return take_inside(*suite_, std::move(*inner), commitment);
}

}  // namespace steelyard::exchange
