#include "core/exchange/event_key.h"

#include <cstring>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/crypto/hpke.h"
#include "core/crypto/random.h"
#include "core/exchange/seal.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

constexpr std::string_view kLabel = "steelyard/event-key/v1";
constexpr std::uint8_t kWrapsVersion = 1;
constexpr std::size_t kWrapsHead = 4;

std::size_t key_size(const crypto::Suite& suite) { return crypto::key_bytes(suite.seal.aead) + crypto::kNonceBytes; }
std::size_t wrap_size(const crypto::Suite& suite) { return suite.enc_bytes + key_size(suite) + suite.tag_bytes; }

tl::unexpected<Error> unreadable(std::string_view what) {
  return fail(schemas::error_of(schemas::code::verification_failed, what));
}

// Every part has its length before it, so that no two parties give the same octets.
Bytes info_of(const WrapParties& parties) {
  Bytes info = to_bytes(as_bytes(kLabel));
  const auto put = [&info](ByteView part) {
    CHECK(part.size() <= 255);
    put_le(info, static_cast<std::uint8_t>(part.size()));
    append(info, part);
  };
  put(as_bytes(parties.origin));
  put(as_bytes(parties.owner.text));
  put(as_bytes(parties.user.text));
  put(as_bytes(parties.agreement.text));
  put(as_bytes(parties.dataset.text));
  put(parties.view.view());
  put(parties.subscription.view());
  Bytes period;
  put_le(period, parties.period);
  put(period);
  return info;
}

}  // namespace

crypto::SecretBytes make_content_key(const crypto::Suite& suite) {
  crypto::SecretBytes key(key_size(suite));
  crypto::random_bytes({key.data(), key.size()});
  return key;
}

Result<Bytes> wrap_content_key(const crypto::Suite& suite, const crypto::SecretBytes& key, const WrapParties& parties,
                               const crypto::PublicKey& reader) {
  CHECK(key.size() == key_size(suite));
  TRY_ASSIGN(auto context, crypto::SealingContext::open(suite, reader, info_of(parties)));
  Bytes wrapped = to_bytes(context.enc());
  std::uint64_t seq = 0;
  TRY_ASSIGN(const Bytes sealed, context.seal({}, key.view(), seq));
  append(wrapped, sealed);
  return wrapped;
}

Result<crypto::SecretBytes> unwrap_content_key(const crypto::Suite& suite, ByteView wrapped, const WrapParties& parties,
                                               const crypto::OpeningKey& reader) {
  if (wrapped.size() != wrap_size(suite)) return unreadable("a content key's wrap has another size");
  auto context = crypto::OpeningContext::open(suite, reader, wrapped.first(suite.enc_bytes), info_of(parties));
  if (!context) return unreadable("the content key's wrap does not open");
  auto key = context->open_message(0, {}, wrapped.subspan(suite.enc_bytes));
  if (!key) return unreadable("the content key's wrap does not open");
  return crypto::SecretBytes(std::move(*key));
}

Bytes encode_wraps(const std::vector<Wrap>& wraps) {
  CHECK(!wraps.empty() && wraps.size() <= limits::kSubscriptionsOfDatasetMax);
  Bytes octets{kWrapsVersion, 0};
  put_le(octets, static_cast<std::uint16_t>(wraps.size()));
  for (const Wrap& wrap : wraps) {
    append(octets, wrap.subscription.view());
    append(octets, wrap.octets);
  }
  return octets;
}

Result<std::vector<Wrap>> decode_wraps(const crypto::Suite& suite, ByteView octets) {
  const auto bad = [](std::string_view what) { return fail(schemas::error_of(schemas::code::malformed, what)); };
  if (octets.size() < kWrapsHead || octets[0] != kWrapsVersion || octets[1] != 0)
    return bad("a period's wraps: version or size is unknown");
  const std::size_t count = get_le<std::uint16_t>(octets.data() + 2);
  const std::size_t each = ExchangeId::kSize + wrap_size(suite);
  if (count == 0 || count > limits::kSubscriptionsOfDatasetMax || octets.size() != kWrapsHead + count * each)
    return bad("a period's wraps: not as many as their size says");
  std::vector<Wrap> wraps(count);
  for (std::size_t i = 0; i < count; ++i) {
    const ByteView from = octets.subspan(kWrapsHead + i * each, each);
    std::memcpy(wraps[i].subscription.octets.data(), from.data(), ExchangeId::kSize);
    wraps[i].octets = to_bytes(from.subspan(ExchangeId::kSize));
  }
  return wraps;
}

Result<EventKey> EventKey::open(const crypto::Suite& suite, const crypto::SecretBytes& key, Direction direction) {
  if (key.size() != key_size(suite)) return unreadable("a content key has another size");
  const std::size_t cut = crypto::key_bytes(suite.seal.aead);
  return EventKey(
      suite, std::make_unique<crypto::AeadKey>(
                 suite.seal.aead,
                 direction == Direction::kSeal ? crypto::AeadKey::Direction::kSeal : crypto::AeadKey::Direction::kOpen,
                 key.view().first(cut), key.view().subspan(cut)));
}

Result<Bytes> EventKey::seal(std::uint64_t sequence, ByteView envelope, const PlainSalt& salt, ByteView plaintext) {
  const std::size_t size = inside_size(plaintext.size());
  if (plaintext.size() > limits::kMessageBytesMax || size + suite_->tag_bytes > limits::kMessageBytesMax)
    return fail(ErrorKind::kFix,
                "sealing an event: " + std::to_string(plaintext.size()) + " octets do not fit a message");
  Bytes sealed;
  sealed.reserve(size + suite_->tag_bytes);
  append_inside(sealed, salt, plaintext);
  sealed.resize(size + suite_->tag_bytes, 0);
  key_->seal_in_place(sequence, envelope, sealed);
  return sealed;
}

Result<Bytes> EventKey::open(std::uint64_t sequence, ByteView envelope, ByteView sealed, const Commitment& commitment) {
  if (sealed.size() < suite_->tag_bytes) return unreadable("the event's payload is too short");
  auto inside = key_->open(sequence, envelope, sealed);
  if (!inside) return unreadable("the event's payload does not open");
  return take_inside(*suite_, std::move(*inside), commitment);
}

}  // namespace steelyard::exchange
