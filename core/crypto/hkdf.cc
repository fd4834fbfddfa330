#include "core/crypto/hkdf.h"

#include <algorithm>

#include <openssl/hmac.h>

#include "core/crypto/openssl.h"

namespace steelyard::crypto {
namespace {

constexpr std::string_view kVersion = "HPKE-v1";

const EVP_MD* digest_of(Kdf kdf) { return kdf == Kdf::kHkdfSha256 ? EVP_sha256() : EVP_sha512(); }

}  // namespace

LabeledHkdf::LabeledHkdf(Kdf kdf, Bytes suite_id) : kdf_(kdf), suite_id_(std::move(suite_id)) {
  CHECK(kdf == Kdf::kHkdfSha256 || kdf == Kdf::kHkdfSha512);
}

std::size_t LabeledHkdf::hash_bytes() const { return kdf_ == Kdf::kHkdfSha256 ? 32 : 64; }

SecretBytes LabeledHkdf::hmac(ByteView key, std::initializer_list<ByteView> parts) const {
  Bytes whole;
  std::size_t size = 0;
  for (auto part : parts) size += part.size();
  whole.reserve(size);
  for (auto part : parts) append(whole, part);
  const SecretBytes data(std::move(whole));  // holds shared secrets
  SecretBytes code(hash_bytes());
  unsigned code_size = 0;
  const std::uint8_t none = 0;  // HMAC takes a null key for "the key of last time"
  CHECK(HMAC(digest_of(kdf_), key.empty() ? &none : key.data(), static_cast<int>(key.size()), data.data(), data.size(),
             code.data(), &code_size) != nullptr);
  CHECK(code_size == code.size());
  return code;
}

// An empty salt and hash_bytes() zeros are the same HMAC key (RFC 5869 §2.2).
SecretBytes LabeledHkdf::extract(ByteView salt, std::string_view label, ByteView material) const {
  return hmac(salt, {as_bytes(kVersion), suite_id_, as_bytes(label), material});
}

SecretBytes LabeledHkdf::expand(ByteView key, std::string_view label, ByteView info, std::size_t size) const {
  CHECK(size <= 255 * hash_bytes());
  const std::uint8_t length[] = {static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  SecretBytes out(size);
  SecretBytes block;
  std::uint8_t round = 1;
  for (std::size_t done = 0; done < size; ++round) {
    block = hmac(key, {block.view(), length, as_bytes(kVersion), suite_id_, as_bytes(label), info, {&round, 1}});
    const std::size_t take = std::min(block.size(), size - done);
    std::memcpy(out.data() + done, block.data(), take);
    done += take;
  }
  return out;
}

}  // namespace steelyard::crypto
