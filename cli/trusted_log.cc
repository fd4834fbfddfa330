#include "cli/trusted_log.h"

#include <filesystem>

#include "cli/folder.h"
#include "cli/usage.h"
#include "core/base/limits.h"
#include "core/base/outside_limits.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

// The suite whose signing algorithm it is; a product build knows one.
Result<const crypto::Suite*> suite_signing_by(const crypto::PublicKey& key) {
  for (const auto id : {crypto::SuiteId::kStandard, crypto::SuiteId::kTestSecond})
    if (crypto::suite(id).signing == key.algorithm) return crypto::find_suite(static_cast<std::uint8_t>(id));
  return fail(ErrorKind::kFix, "no suite signs by such a key");
}

}  // namespace

Result<TrustedLog> trusted_log(const std::string& vkey) {
  const auto key = crypto::verifier_key_from_text(vkey);
  if (!key) return usage("--key: " + key.error().what + "; `steelyard log key` prints a log's");
  if (key->use != crypto::NoteUse::kSignature)
    return usage("--key: this is the key of a witness; `steelyard log key` prints a log's");
  const auto suite = suite_signing_by(key->key);
  if (!suite) return usage("--key: " + suite.error().what);
  TRY_ASSIGN(crypto::VerifyingKey decoded, crypto::VerifyingKey::decode(key->key));
  return TrustedLog{key->name, *suite, std::move(decoded)};
}

Result<TrustedLog> trusted_log_of_network(const std::string& path) {
  std::error_code ignored;
  TRY_ASSIGN(const NetworkFile network,
             read_network(std::filesystem::is_directory(path, ignored) ? join(path, "network.json") : path));
  TRY_ASSIGN(const crypto::Suite* suite, crypto::find_suite(network.suite));
  TRY_ASSIGN(crypto::VerifyingKey key, crypto::VerifyingKey::decode(network.log_key));
  return TrustedLog{network.origin, suite, std::move(key)};
}

Result<crypto::LogPolicy> read_log_policy(const std::string& path) {
  TRY_ASSIGN(const Bytes text, store::read_file(path, limits::kLogPolicyBytesMax));
  auto policy = crypto::LogPolicy::parse(as_text(text));
  if (!policy) return fail(ErrorKind::kFix, path + ": " + policy.error().what, schemas::code::config);
  return policy;
}

}  // namespace steelyard::cli
