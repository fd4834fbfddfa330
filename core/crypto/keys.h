// Public keys, and keys that sign and verify. A key is decoded once; signing and verifying decode nothing.
//
// Owns: SigningKey and VerifyingKey own their key; private octets are wiped when they go.
// Threads: immutable after construction; sign and verify may run on several threads at once.
// Errors: decoding refuses wrong sizes, points off the curve, non-canonical encodings and points of small order.
//   Signatures: Ed25519 refuses s >= L; P-256 refuses the larger of the two values of s.
// Format: docs/formats/keys.md
#pragma once

#include <array>
#include <memory>

#include "core/base/bytes.h"
#include "core/crypto/secret.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

struct Pkey;  // OpenSSL's key; defined in openssl.h, which only this folder includes

struct PublicKey {
  Algorithm algorithm = Algorithm::kEd25519;
  Bytes octets;

  auto operator<=>(const PublicKey&) const = default;
  // First 8 octets of SHA-256("steelyard/key/v1" || 00 || algorithm || octets), in every suite.
  KeyId id() const;
};

// Any algorithm: the size is right and the octets are a usable public key.
Status check_public_key(const PublicKey& key);

// "ed25519:base64", as configuration files and listings show it.
std::string to_text(const PublicKey& key);
Result<PublicKey> public_key_from_text(std::string_view text);

using Signature = std::array<std::uint8_t, kSignatureBytes>;

class SigningKey {
 public:
  static SigningKey generate(const Suite& suite);
  static Result<SigningKey> from_private(Algorithm algorithm, ByteView octets);
  SigningKey(SigningKey&&) noexcept;
  SigningKey& operator=(SigningKey&&) noexcept;
  ~SigningKey();

  const PublicKey& public_key() const { return public_key_; }
  const KeyId& id() const { return id_; }
  Signature sign(ByteView message) const;
  SecretBytes private_octets() const;  // for key files: 32 octets

 private:
  SigningKey(std::unique_ptr<Pkey> key, PublicKey public_key);

  std::unique_ptr<Pkey> key_;
  SecretBytes ed25519_pair_;  // of an Ed25519 key (ed25519.h)
  PublicKey public_key_;
  KeyId id_;
};

class VerifyingKey {
 public:
  static Result<VerifyingKey> decode(const PublicKey& key);
  VerifyingKey(VerifyingKey&&) noexcept;
  VerifyingKey& operator=(VerifyingKey&&) noexcept;
  ~VerifyingKey();

  const PublicKey& public_key() const { return public_key_; }
  const KeyId& id() const { return id_; }
  bool verify(ByteView message, ByteView signature) const;

 private:
  VerifyingKey(std::unique_ptr<Pkey> key, PublicKey public_key);

  std::unique_ptr<Pkey> key_;
  PublicKey public_key_;
  KeyId id_;
};

}  // namespace steelyard::crypto
