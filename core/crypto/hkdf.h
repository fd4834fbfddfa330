// HKDF of RFC 5869, with the labels of RFC 9180 §4.
//
// Threads: pure.
// Errors: none; sizes are our own.
#pragma once

#include <initializer_list>
#include <string_view>

#include "core/base/bytes.h"
#include "core/crypto/secret.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

// LabeledExtract and LabeledExpand under one suite_id.
class LabeledHkdf {
 public:
  LabeledHkdf(Kdf kdf, Bytes suite_id);

  std::size_t hash_bytes() const;
  SecretBytes extract(ByteView salt, std::string_view label, ByteView material) const;
  SecretBytes expand(ByteView key, std::string_view label, ByteView info, std::size_t size) const;

 private:
  SecretBytes hmac(ByteView key, std::initializer_list<ByteView> parts) const;

  Kdf kdf_;
  Bytes suite_id_;
};

}  // namespace steelyard::crypto
