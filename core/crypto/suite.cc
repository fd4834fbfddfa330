#include "core/crypto/suite.h"

#include <string>

#include "core/base/check.h"

namespace steelyard::crypto {
namespace {

constexpr Suite kStandardSuite{
    .id = SuiteId::kStandard,
    .name = "standard",
    .hash = HashId::kSha256,
    .signing = Algorithm::kEd25519,
    .sealing = Algorithm::kX25519,
    .seal = {Kem::kX25519, Kdf::kHkdfSha256, Aead::kAes256Gcm},
    .signing_key_bytes = 32,
    .sealing_key_bytes = 32,
    .enc_bytes = 32,
    .tag_bytes = 16,
};

constexpr Suite kTestSecondSuite{
    .id = SuiteId::kTestSecond,
    .name = "test-second",
    .hash = HashId::kSha384Truncated,
    .signing = Algorithm::kP256Sign,
    .sealing = Algorithm::kP256Seal,
    .seal = {Kem::kP256, Kdf::kHkdfSha256, Aead::kChaCha20Poly1305},
    .signing_key_bytes = 65,
    .sealing_key_bytes = 65,
    .enc_bytes = 65,
    .tag_bytes = 16,
};

struct AlgorithmRow {
  Algorithm algorithm;
  std::string_view name;
  std::size_t public_octets;
};

constexpr AlgorithmRow kAlgorithms[] = {
    {Algorithm::kEd25519, "ed25519", 32},    {Algorithm::kX25519, "x25519", 32},
    {Algorithm::kP256Sign, "p256-sign", 65}, {Algorithm::kP256Seal, "p256-seal", 65},
    {Algorithm::kCurve, "curve", 32},
};

const AlgorithmRow& row_of(Algorithm algorithm) {
  for (const auto& row : kAlgorithms)
    if (row.algorithm == algorithm) return row;
  check_failed("a known algorithm", __FILE__, __LINE__);
}

}  // namespace

const Suite& suite(SuiteId id) {
  CHECK(id == SuiteId::kStandard || id == SuiteId::kTestSecond);
  return id == SuiteId::kStandard ? kStandardSuite : kTestSecondSuite;
}

Result<const Suite*> find_suite(std::uint8_t id) {
  if (id == static_cast<std::uint8_t>(SuiteId::kStandard)) return &kStandardSuite;
#ifdef STEELYARD_TEST_HOOKS
  if (id == static_cast<std::uint8_t>(SuiteId::kTestSecond)) return &kTestSecondSuite;
#endif
  return fail(ErrorKind::kFix, "no cryptographic suite has number " + std::to_string(id));
}

std::string_view name_of(Algorithm algorithm) { return row_of(algorithm).name; }

Result<Algorithm> algorithm_of(std::string_view name) {
  for (const auto& row : kAlgorithms)
    if (row.name == name) return row.algorithm;
  return fail(ErrorKind::kFix,
              "unknown key algorithm `" + std::string(name.substr(0, 32)) + "`; expected ed25519, x25519 or curve");
}

Result<Algorithm> find_algorithm(std::uint8_t number) {
  for (const auto& row : kAlgorithms)
    if (static_cast<std::uint8_t>(row.algorithm) == number) return row.algorithm;
  return fail(ErrorKind::kFix, "no key algorithm has number " + std::to_string(number));
}

std::size_t public_octets_of(Algorithm algorithm) { return row_of(algorithm).public_octets; }

}  // namespace steelyard::crypto
