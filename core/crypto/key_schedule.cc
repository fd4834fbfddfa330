#include "core/crypto/key_schedule.h"

#include "core/crypto/aead.h"
#include "core/crypto/hkdf.h"

namespace steelyard::crypto {
namespace {

LabeledHkdf hkdf_of(const SealMethod& method) {
  Bytes suite_id = to_bytes(as_bytes("HPKE"));
  put_be(suite_id, static_cast<std::uint16_t>(method.kem));
  put_be(suite_id, static_cast<std::uint16_t>(method.kdf));
  put_be(suite_id, static_cast<std::uint16_t>(method.aead));
  return {method.kdf, std::move(suite_id)};
}

}  // namespace

KeySchedule key_schedule(const SealMethod& method, ByteView shared_secret, ByteView info) {
  const LabeledHkdf hkdf = hkdf_of(method);
  Bytes context{0};  // mode_base
  append(context, hkdf.extract({}, "psk_id_hash", {}).view());
  append(context, hkdf.extract({}, "info_hash", info).view());
  const SecretBytes secret = hkdf.extract(shared_secret, "secret", {});
  KeySchedule schedule;
  if (method.aead != Aead::kExportOnly) {
    schedule.key = hkdf.expand(secret.view(), "key", context, key_bytes(method.aead));
    schedule.base_nonce = hkdf.expand(secret.view(), "base_nonce", context, kNonceBytes);
  }
  schedule.exporter_secret = hkdf.expand(secret.view(), "exp", context, hkdf.hash_bytes());
  return schedule;
}

SecretBytes export_secret(const SealMethod& method, ByteView exporter_secret, ByteView context, std::size_t size) {
  return hkdf_of(method).expand(exporter_secret, "sec", context, size);
}

}  // namespace steelyard::crypto
