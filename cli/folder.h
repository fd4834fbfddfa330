// Folders of keys: an office's (office.key, message.key, transport.key, office.toml) and an adapter's (message.key,
// transport.key, seal.key, cosign.key); a recovery key, to be kept offline; each with public.json, what its owner hands
// to the root manager, and, once bound to a network, identity.toml (core/client/identity.h). network.json says what a
// network is.
//
// Threads: any. Errors: kFix, naming the path. Nothing existing is overwritten.
// Format: docs/cli.md, Folders and files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/creation.h"
#include "core/client/identity.h"
#include "core/json/json.h"
#include "schemas/statement.h"

namespace steelyard::cli {

std::string join(const std::string& dir, const std::string& name);
Status refuse_existing(const std::string& path);
Status write_text(const std::string& path, const std::string& text, unsigned mode = 0644);
Result<json::Value> read_json(const std::string& path);

// The root manager's office has all keys, as the genesis wants; a recovery folder has recovery.key and nothing else.
enum class FolderSort { kOffice, kAdapter, kRootOffice, kRecovery };

struct MadeKeys {
  std::vector<schemas::Key> keys;  // public halves, with their uses
};
// Makes the folder, its private keys and public.json: all or none, with what else `creation` makes.
Result<MadeKeys> make_keys(Creation& creation, const std::string& dir, FolderSort sort, const MemberId& member,
                           const crypto::Suite& suite);
Result<MadeKeys> make_keys(const std::string& dir, FolderSort sort, const MemberId& member, const crypto::Suite& suite);

struct PublicKeys {
  MemberId member;
  std::vector<schemas::Key> keys;
};
Result<PublicKeys> read_public_keys(const std::string& path);  // public.json, or the folder that holds it
std::string public_keys_text(const PublicKeys& keys);

schemas::Key registered(schemas::KeyUse use, const crypto::PublicKey& key);
Result<crypto::PublicKey> public_key_of(const schemas::Key& key);
json::Value describe(const schemas::Key& key);

struct NetworkFile {
  std::string origin;
  Digest genesis;
  std::uint8_t suite = 1;
  std::string endpoint;
  crypto::PublicKey broker_key;  // transport
  crypto::PublicKey log_key;     // signs checkpoints
};
Result<Digest> genesis_from_text(const std::string& hex);
Result<NetworkFile> read_network(const std::string& path);
std::string network_text(const NetworkFile& network);

// What a folder can be bound to: an endpoint to connect to, and a transport key.
Status check_network(const NetworkFile& network);
// Text of identity.toml for a folder that has message.key and transport.key.
Result<std::string> identity_text(const std::string& dir, const MemberId& member, const NetworkFile& network);
Result<client::Identity> read_home(const std::string& dir);

struct Office {
  MemberId member;
  crypto::SigningKey key;
};
Result<Office> read_office(const std::string& dir);
// The suite whose signing algorithm this key has: for signing before a registry is at hand.
const crypto::Suite& suite_of(const crypto::SigningKey& key);

}  // namespace steelyard::cli
