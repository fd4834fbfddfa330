#include "core/crypto/hpke.h"

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/crypto/aead.h"
#include "core/crypto/kem.h"
#include "core/crypto/key_schedule.h"

namespace steelyard::crypto {
namespace {

Status check_suite(const Suite& suite, const PublicKey& key) {
  if (key.algorithm == suite.sealing) return {};
  return fail(ErrorKind::kFix, "sealing in suite " + std::string(suite.name) + " takes a key of algorithm " +
                                   std::string(name_of(suite.sealing)) + ", got " +
                                   std::string(name_of(key.algorithm)));
}

std::unique_ptr<AeadKey> aead_key(const Suite& suite, AeadKey::Direction direction, const SecretBytes& shared_secret,
                                  ByteView info) {
  const KeySchedule schedule = key_schedule(suite.seal, shared_secret.view(), info);
  return std::make_unique<AeadKey>(suite.seal.aead, direction, schedule.key.view(), schedule.base_nonce.view());
}

}  // namespace

SealingContext::SealingContext(std::unique_ptr<AeadKey> key, Bytes enc) : key_(std::move(key)), enc_(std::move(enc)) {}
SealingContext::SealingContext(SealingContext&&) noexcept = default;
SealingContext& SealingContext::operator=(SealingContext&&) noexcept = default;
SealingContext::~SealingContext() = default;

Result<SealingContext> SealingContext::open(const Suite& suite, const PublicKey& recipient, ByteView info) {
  TRY(check_suite(suite, recipient));
  TRY_ASSIGN(auto made, encapsulate(suite.seal.kem, recipient.octets));
  return SealingContext(aead_key(suite, AeadKey::Direction::kSeal, made.shared_secret, info), std::move(made.enc));
}

bool SealingContext::ended() const { return next_seq_ >= limits::kSealMessagesMax; }

Result<Bytes> SealingContext::seal(ByteView aad, ByteView plaintext, std::uint64_t& seq_out) {
  if (ended()) return fail(ErrorKind::kReconnect, "this sealing context has sent all it may: open another");
  seq_out = next_seq_++;
  return key_->seal(seq_out, aad, plaintext);
}

void SealingContext::seal_in_place(ByteView aad, std::span<std::uint8_t> octets) {
  CHECK(!ended());
  key_->seal_in_place(next_seq_++, aad, octets);
}

OpeningContext::OpeningContext(std::unique_ptr<AeadKey> key) : key_(std::move(key)) {}
OpeningContext::OpeningContext(OpeningContext&&) noexcept = default;
OpeningContext& OpeningContext::operator=(OpeningContext&&) noexcept = default;
OpeningContext::~OpeningContext() = default;

Result<OpeningContext> OpeningContext::open(const Suite& suite, const OpeningKey& key, ByteView enc, ByteView info) {
  TRY(check_suite(suite, key.public_key()));
  TRY_ASSIGN(const auto shared_secret, decapsulate(suite.seal.kem, key.pkey(), enc));
  return OpeningContext(aead_key(suite, AeadKey::Direction::kOpen, shared_secret, info));
}

Result<Bytes> OpeningContext::open_message(std::uint64_t seq, ByteView aad, ByteView ciphertext) {
  if (seq >= limits::kSealMessagesMax)
    return fail(ErrorKind::kFix, "sealed payload has sequence number " + std::to_string(seq) + ", beyond the limit");
  return key_->open(seq, aad, ciphertext);
}

}  // namespace steelyard::crypto
