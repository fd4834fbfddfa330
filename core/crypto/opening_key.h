// OpeningKey: the private half of a sealing key; what is sealed to its public key opens with it alone.
// CurveKey: a transport key of CURVE, kept like every other key.
//
// Owns: the private octets, wiped when the key goes.
// Threads: immutable after construction.
// Errors: from_private refuses wrong sizes and values out of range.
// Format: docs/formats/keys.md
#pragma once

#include <memory>

#include "core/crypto/keys.h"

namespace steelyard::crypto {

class OpeningKey {
 public:
  static OpeningKey generate(const Suite& suite);
  static Result<OpeningKey> from_private(Algorithm algorithm, ByteView octets);
  OpeningKey(OpeningKey&&) noexcept;
  OpeningKey& operator=(OpeningKey&&) noexcept;
  ~OpeningKey();

  const PublicKey& public_key() const { return public_key_; }
  const KeyId& id() const { return id_; }
  SecretBytes private_octets() const { return octets_.copy(); }
  const Pkey& pkey() const { return *key_; }  // for this folder

 private:
  OpeningKey(std::unique_ptr<Pkey> key, PublicKey public_key, SecretBytes octets);

  std::unique_ptr<Pkey> key_;
  PublicKey public_key_;
  KeyId id_;
  SecretBytes octets_;
};

class CurveKey {
 public:
  static CurveKey generate();
  static Result<CurveKey> from_private(ByteView octets);

  const PublicKey& public_key() const { return public_key_; }  // 32 octets, as ZMQ_CURVE_PUBLICKEY takes them
  ByteView secret() const { return octets_.view(); }           // 32 octets, as ZMQ_CURVE_SECRETKEY takes them

 private:
  CurveKey(PublicKey public_key, SecretBytes octets);

  PublicKey public_key_;
  SecretBytes octets_;
};

}  // namespace steelyard::crypto
