// The low-level functions of SHA-2, which OpenSSL 3 marks as deprecated: through EVP every digest of 200 octets costs
// an allocation and about twice the time, and most of ours are that small.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/crypto/hash.h"

#include <algorithm>
#include <cstring>
#include <new>

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "core/base/check.h"

namespace steelyard::crypto {
namespace {

SHA256_CTX& sha256(std::uint8_t* state) { return *std::launder(reinterpret_cast<SHA256_CTX*>(state)); }
SHA512_CTX& sha384(std::uint8_t* state) { return *std::launder(reinterpret_cast<SHA512_CTX*>(state)); }

}  // namespace

Hasher::Hasher(HashId hash) : hash_(hash) {
  static_assert(sizeof(SHA256_CTX) <= kStateBytes && alignof(SHA256_CTX) <= 8);
  static_assert(sizeof(SHA512_CTX) <= kStateBytes && alignof(SHA512_CTX) <= 8);
  if (hash_ == HashId::kSha256)
    CHECK(SHA256_Init(new (state_.data()) SHA256_CTX) == 1);
  else
    CHECK(SHA384_Init(new (state_.data()) SHA512_CTX) == 1);
}

Hasher& Hasher::add(ByteView octets) {
  CHECK(!finished_);
  if (octets.empty()) return *this;
  if (hash_ == HashId::kSha256)
    CHECK(SHA256_Update(&sha256(state_.data()), octets.data(), octets.size()) == 1);
  else
    CHECK(SHA384_Update(&sha384(state_.data()), octets.data(), octets.size()) == 1);
  return *this;
}

Digest Hasher::finish() {
  CHECK(!finished_);
  finished_ = true;
  Digest digest;
  if (hash_ == HashId::kSha256) {
    CHECK(SHA256_Final(digest.octets.data(), &sha256(state_.data())) == 1);
    return digest;
  }
  std::array<std::uint8_t, SHA384_DIGEST_LENGTH> whole;
  CHECK(SHA384_Final(whole.data(), &sha384(state_.data())) == 1);
  std::memcpy(digest.octets.data(), whole.data(), Digest::kSize);
  return digest;
}

Digest hash(const Suite& suite, std::initializer_list<ByteView> parts) {
  Hasher hasher(suite);
  for (auto part : parts) hasher.add(part);
  return hasher.finish();
}

Digest hash(const Suite& suite, ByteView octets) { return Hasher(suite).add(octets).finish(); }

// HMAC (RFC 2104) by hand: OpenSSL's looks its functions up by name at every call, which takes longer than hashing.
Digest keyed_hash(ByteView key, ByteView data) {
  std::array<std::uint8_t, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    const Digest shorter = Hasher(HashId::kSha256).add(key).finish();
    std::copy(shorter.octets.begin(), shorter.octets.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (auto& octet : block) octet ^= 0x36;
  const Digest inner = Hasher(HashId::kSha256).add(block).add(data).finish();
  for (auto& octet : block) octet ^= 0x36 ^ 0x5c;
  const Digest outer = Hasher(HashId::kSha256).add(block).add(inner.view()).finish();
  OPENSSL_cleanse(block.data(), block.size());
  return outer;
}

}  // namespace steelyard::crypto
