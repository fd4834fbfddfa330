// OpenSSL's handles with their deleters. Included by sources of this folder only.
#pragma once

#include <memory>
#include <utility>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "core/base/check.h"
#include "core/base/freed.h"

namespace steelyard::crypto {

using EvpPkey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using EvpPkeyCtx = std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>>;
using EvpMdCtx = std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>>;
using EvpCipherCtx = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;
using EvpCipher = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using EcGroup = std::unique_ptr<EC_GROUP, Freed<EC_GROUP_free>>;
using EcPoint = std::unique_ptr<EC_POINT, Freed<EC_POINT_free>>;
using BigNum = std::unique_ptr<BIGNUM, Freed<BN_clear_free>>;
using BigNumCtx = std::unique_ptr<BN_CTX, Freed<BN_CTX_free>>;

struct Pkey {
  explicit Pkey(EvpPkey key) : handle(std::move(key)) {}

  EvpPkey handle;
};

}  // namespace steelyard::crypto
