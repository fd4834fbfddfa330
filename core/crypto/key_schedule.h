// The key schedule of RFC 9180 §5.1 for base mode, and its exporter.
//
// Threads: pure.
// Errors: none.
#pragma once

#include "core/base/bytes.h"
#include "core/crypto/secret.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

struct KeySchedule {
  SecretBytes key;  // empty for Aead::kExportOnly, like base_nonce
  SecretBytes base_nonce;
  SecretBytes exporter_secret;
};

KeySchedule key_schedule(const SealMethod& method, ByteView shared_secret, ByteView info);
SecretBytes export_secret(const SealMethod& method, ByteView exporter_secret, ByteView context, std::size_t size);

}  // namespace steelyard::crypto
