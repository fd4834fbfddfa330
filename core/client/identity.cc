#include "core/client/identity.h"

#include <utility>

#include "core/crypto/keys.h"
#include "core/net/endpoint.h"

namespace steelyard::client {
namespace {

constexpr std::size_t kCurveBytes = 32;

Status read_pins(config::Table& table, Identity& identity) {
  TRY_ASSIGN(const std::string broker_key, table.text("broker_key"));
  auto key = crypto::public_key_from_text(broker_key);
  if (!key) return fail(table.error("broker_key", key.error().what));
  if (key->algorithm != crypto::Algorithm::kCurve || key->octets.size() != kCurveBytes)
    return fail(table.error("broker_key", "write the broker's transport key, `curve:` and base64"));
  identity.broker_key = std::move(key->octets);
  TRY_ASSIGN(const std::string genesis, table.text("genesis"));
  auto octets = from_hex(genesis);
  if (!octets) return fail(table.error("genesis", octets.error().what));
  auto digest = Digest::from(*octets);
  if (!digest) return fail(table.error("genesis", "write the genesis statement's digest, 64 hexadecimal digits"));
  identity.genesis = *digest;
  return {};
}

}  // namespace

Result<Identity> read_identity(config::Table& table, const std::string& path) {
  auto where = [&](Error error) { return fail(std::move(error).in(path)); };
  TRY_ASSIGN(auto member, table.id<MemberId>("member"));
  TRY_ASSIGN(auto endpoint, table.text("endpoint"));
  if (auto good = net::check_endpoint(endpoint, net::EndpointUse::kConnect); !good)
    return fail(table.error("endpoint", good.error().what));
  TRY_ASSIGN(const auto message_path, table.secret_path("message_key"));
  TRY_ASSIGN(const auto transport_path, table.secret_path("transport_key"));
  auto message_key = crypto::read_signing_key(message_path);
  if (!message_key) return where(std::move(message_key).error());
  auto transport_key = crypto::read_curve_key(transport_path);
  if (!transport_key) return where(std::move(transport_key).error());
  Identity identity{.member = std::move(member),
                    .endpoint = std::move(endpoint),
                    .broker_key = {},
                    .genesis = {},
                    .message_key = std::move(*message_key),
                    .transport_key = std::move(*transport_key),
                    .seal_key = std::nullopt,
                    .cosign_key = std::nullopt,
                    .state_dir = {}};
  TRY(read_pins(table, identity));
  if (table.has("seal_key")) {
    TRY_ASSIGN(const auto seal_path, table.secret_path("seal_key"));
    auto key = crypto::read_opening_key(seal_path);
    if (!key) return where(std::move(key).error());
    identity.seal_key = std::move(*key);
  }
  if (table.has("cosign_key")) {
    TRY_ASSIGN(const auto cosign_path, table.secret_path("cosign_key"));
    auto key = crypto::read_signing_key(cosign_path);
    if (!key) return where(std::move(key).error());
    identity.cosign_key = std::move(*key);
  }
  TRY_ASSIGN(identity.state_dir, table.path("state", "state"));
  return identity;
}

Result<Identity> read_identity_file(const std::string& path) {
  TRY_ASSIGN(auto table, config::read_file(path));
  TRY_ASSIGN(auto identity, read_identity(table, path));
  TRY(table.finish());
  return identity;
}

}  // namespace steelyard::client
