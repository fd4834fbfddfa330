// Identity: who this process is towards the broker: a member's keys for bundles and transport, and what it pins.
//
// Read from a TOML file beside its key files (mode 0600). No office key ever stands here.
//
//   member = "tax"
//   endpoint = "tcp://127.0.0.1:7401"
//   broker_key = "curve:BASE64"          # the broker's transport key
//   genesis = "HEX"                      # digest of the genesis statement: the network
//   message_key = "message.key"          # paths are relative to the file
//   transport_key = "transport.key"
//   seal_key = "seal.key"                # of adapters
//   cosign_key = "cosign.key"            # of witnesses
//   state = "state"                      # folder for replica, receipts, ledger
//
// Owns: the keys. Threads: immutable. Errors: config, naming file, line and what to do.
#pragma once

#include <optional>
#include <string>

#include "core/config/config.h"
#include "core/crypto/key_file.h"

namespace steelyard::client {

struct Identity {
  MemberId member;
  std::string endpoint;
  Bytes broker_key;  // 32 octets
  Digest genesis;
  crypto::SigningKey message_key;
  crypto::CurveKey transport_key;
  std::optional<crypto::OpeningKey> seal_key;
  std::optional<crypto::SigningKey> cosign_key;
  std::string state_dir;
};

// Takes its keys from `table`; the caller calls finish() once it has taken its own. `path` is the file's.
Result<Identity> read_identity(config::Table& table, const std::string& path);
Result<Identity> read_identity_file(const std::string& path);

}  // namespace steelyard::client
