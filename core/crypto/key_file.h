// Private keys as files that only their owner may read.
//
// Threads: any; each call stands alone.
// Errors: a file that group or others may read, a link, a wrong line or a key of another algorithm is refused, naming
//   the path and what to do. Writing never replaces a file.
// Format: docs/formats/keys.md: one line `steelyard-key:v1:<algorithm>:<base64 of the private octets>`, mode 0600.
#pragma once

#include <string>

#include "core/crypto/keys.h"
#include "core/crypto/opening_key.h"
#include "core/crypto/secret.h"

namespace steelyard::crypto {

struct PrivateKey {
  Algorithm algorithm = Algorithm::kEd25519;
  SecretBytes octets;
};

// Synced to disk, directory included, before it returns.
Status write_key_file(const std::string& path, Algorithm algorithm, ByteView private_octets);
Status write_key_file(const std::string& path, const SigningKey& key);
Status write_key_file(const std::string& path, const OpeningKey& key);
Status write_key_file(const std::string& path, const CurveKey& key);

Result<PrivateKey> read_key_file(const std::string& path);
Result<SigningKey> read_signing_key(const std::string& path);
Result<OpeningKey> read_opening_key(const std::string& path);
Result<CurveKey> read_curve_key(const std::string& path);

}  // namespace steelyard::crypto
