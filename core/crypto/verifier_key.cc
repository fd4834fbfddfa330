#include "core/crypto/verifier_key.h"

#include "core/base/check.h"

namespace steelyard::crypto {
namespace {

// The use and the algorithm are the two of which the octets begin as these do.
Result<VerifierKey> from_octets(std::string_view name, ByteView octets) {
  for (const auto algorithm : {Algorithm::kEd25519, Algorithm::kP256Sign})
    for (const auto use : {NoteUse::kSignature, NoteUse::kCosignature}) {
      const Bytes type = note_key_octets(use, {algorithm, {}});
      if (octets.size() != type.size() + public_octets_of(algorithm) || !equal(octets.first(type.size()), type))
        continue;
      VerifierKey key{std::string(name), use, {algorithm, to_bytes(octets.subspan(type.size()))}};
      TRY(check_public_key(key.key));
      return key;
    }
  return fail(ErrorKind::kFix, "verifier key of `" + std::string(name) + "` is of a type that is not known here");
}

}  // namespace

std::string to_text(const VerifierKey& key) {
  CHECK(note_name_usable(key.name));
  return key.name + "+" + to_hex(note_key_id(key.name, key.use, key.key)) + "+" +
         to_base64(note_key_octets(key.use, key.key));
}

Result<VerifierKey> verifier_key_from_text(std::string_view text) {
  const auto wrong = [](std::string_view what) { return fail(ErrorKind::kFix, "verifier key " + std::string(what)); };
  const std::size_t first = text.find('+');
  const std::size_t second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return wrong("is not name+id+key");
  const std::string_view name = text.substr(0, first);
  if (!note_name_usable(name)) return wrong("has an unusable name");
  const auto octets = from_base64(text.substr(second + 1));
  if (!octets) return wrong("is not in base64");
  TRY_ASSIGN(VerifierKey key, from_octets(name, *octets));
  if (to_text(key) != text) return wrong("does not bear the id of its name and key");
  return key;
}

}  // namespace steelyard::crypto
