// Suite: the cryptographic algorithms of one network, one table row. Everything above names the row, never a primitive.
//
// The genesis statement fixes the suite of a network; messages never choose. All digests have 32 octets in all suites.
// The second row exists for tests, so that the seam is real: find_suite refuses it in product builds.
//
// Threads: rows are constants.
// Errors: find_suite refuses unknown ids.
// Format: docs/formats/keys.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::crypto {

enum class SuiteId : std::uint8_t { kStandard = 1, kTestSecond = 0xF2 };

// What a key is for; a key names its algorithm, a message never does.
enum class Algorithm : std::uint8_t { kEd25519 = 1, kX25519 = 2, kP256Sign = 3, kP256Seal = 4, kCurve = 5 };

enum class HashId : std::uint8_t { kSha256, kSha384Truncated };

// Numbers of RFC 9180 §7. The suites use a few; the rest is there for the RFC's own vectors.
enum class Kem : std::uint16_t { kP256 = 0x0010, kP521 = 0x0012, kX25519 = 0x0020 };
enum class Kdf : std::uint16_t { kHkdfSha256 = 1, kHkdfSha512 = 3 };
enum class Aead : std::uint16_t { kAes128Gcm = 1, kAes256Gcm = 2, kChaCha20Poly1305 = 3, kExportOnly = 0xFFFF };

struct SealMethod {
  Kem kem;
  Kdf kdf;
  Aead aead;
};

struct Suite {
  SuiteId id;
  std::string_view name;
  HashId hash;
  Algorithm signing;  // of bundles, statements, checkpoints
  Algorithm sealing;  // of recipients' keys
  SealMethod seal;
  std::size_t signing_key_bytes;  // public key octets
  std::size_t sealing_key_bytes;  // public key octets
  std::size_t enc_bytes;          // encapsulated key in front of a sealed payload
  std::size_t tag_bytes;          // what sealing adds to a plaintext
};

inline constexpr std::size_t kSignatureBytes = 64;  // in all suites

const Suite& suite(SuiteId id);
Result<const Suite*> find_suite(std::uint8_t id);

std::string_view name_of(Algorithm algorithm);  // "ed25519"
Result<Algorithm> algorithm_of(std::string_view name);
Result<Algorithm> find_algorithm(std::uint8_t number);
std::size_t public_octets_of(Algorithm algorithm);  // 32 or 65

}  // namespace steelyard::crypto
