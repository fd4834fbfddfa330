// What a verifier on this machine trusts: a log, by its verifier key or its network.json, and witnesses, by a policy.
//
// Threads: pure, but for reading files. Errors: usage or config, naming the option or the file and what to write.
// Format: docs/cli.md, Trust
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/crypto/log_policy.h"
#include "core/crypto/suite.h"
#include "core/crypto/verifier_key.h"

namespace steelyard::cli {

struct TrustedLog {
  std::string origin;
  const crypto::Suite* suite = nullptr;
  crypto::VerifyingKey key;
};

// Of --key: the key of a log.
Result<TrustedLog> trusted_log(const std::string& vkey);
// network.json, or the folder that it stands in.
Result<TrustedLog> trusted_log_of_network(const std::string& path);
Result<crypto::LogPolicy> read_log_policy(const std::string& path);

}  // namespace steelyard::cli
