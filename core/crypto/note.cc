#include "core/crypto/note.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/base/utf8.h"
#include "core/crypto/hash.h"

namespace steelyard::crypto {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // em dash, space

// Signature types of C2SP signed-note; 0xff is its escape, followed by a name of one's own.
constexpr std::uint8_t kEd25519Type = 0x01;
constexpr std::uint8_t kCosignatureType = 0x04;
constexpr std::uint8_t kOwnType = 0xFF;
constexpr std::string_view kOwnSignature = "steelyard/note/ecdsa-p256/v1";
constexpr std::string_view kOwnCosignature = "steelyard/cosignature/ecdsa-p256/v1";

// Unicode's White_Space beyond ASCII, as UTF-8; U+2000 to U+200A stand for themselves below.
constexpr std::string_view kSpaces[] = {"\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\xA8",
                                        "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool has_wide_space(std::string_view text) {
  for (const std::string_view space : kSpaces)
    if (text.find(space) != std::string_view::npos) return true;
  for (std::size_t at = text.find("\xE2\x80"); at != std::string_view::npos; at = text.find("\xE2\x80", at + 2))
    if (at + 2 < text.size() && static_cast<std::uint8_t>(text[at + 2]) >= 0x80 &&
        static_cast<std::uint8_t>(text[at + 2]) <= 0x8A)
      return true;
  return false;
}

// UTF-8 without control characters (those below U+0020) except newline.
bool valid_text(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<std::uint8_t>(c) < 0x20 && c != '\n'; };
  return is_utf8(text) && std::none_of(text.begin(), text.end(), is_control);
}

Result<NoteSignature> parse_signature(std::string_view line) {
  const auto wrong = [](std::string_view why) {
    return fail(ErrorKind::kFix, "signature line of a note " + std::string(why));
  };
  if (!line.starts_with(kDash)) return wrong("does not begin with a dash and a space");
  line.remove_prefix(kDash.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return wrong("has no signature");
  NoteSignature signature;
  signature.name = std::string(line.substr(0, space));
  if (!note_name_usable(signature.name)) return wrong("has an unusable key name");
  const auto octets = from_base64(line.substr(space + 1));
  if (!octets) return wrong("is not in base64");
  if (octets->size() <= signature.key.size()) return wrong("is too short");
  std::memcpy(signature.key.data(), octets->data(), signature.key.size());
  signature.signature.assign(octets->begin() + 4, octets->end());
  return signature;
}

}  // namespace

// Names go between spaces in signature lines and before '+' in verifier keys.
bool note_name_usable(std::string_view name) {
  return !name.empty() && name.size() <= 255 && name.find_first_of(" +\n") == std::string_view::npos &&
         valid_text(name) && !has_wide_space(name);
}

std::string format_note(const Note& note) {
  CHECK(note.text.ends_with('\n') && valid_text(note.text));
  std::string octets = note.text + "\n";
  for (const auto& signature : note.signatures) {
    CHECK(note_name_usable(signature.name));
    Bytes value(signature.key.begin(), signature.key.end());
    append(value, signature.signature);
    octets.append(kDash).append(signature.name).append(" ").append(to_base64(value)).append("\n");
  }
  return octets;
}

Result<Note> parse_note(std::string_view octets) {
  if (octets.size() > limits::kNoteBytesMax)
    return fail(ErrorKind::kFix, "note of " + std::to_string(octets.size()) + " octets is too large");
  if (!valid_text(octets)) return fail(ErrorKind::kFix, "note is not plain UTF-8 text");
  const auto gap = octets.rfind("\n\n");
  if (gap == std::string_view::npos) return fail(ErrorKind::kFix, "note has no empty line before its signatures");
  Note note;
  note.text = std::string(octets.substr(0, gap + 1));
  octets.remove_prefix(gap + 2);
  if (octets.empty()) return fail(ErrorKind::kFix, "note has no signatures");
  if (!octets.ends_with('\n')) return fail(ErrorKind::kFix, "note does not end with a newline");
  while (!octets.empty()) {
    if (note.signatures.size() == limits::kNoteSignaturesMax)
      return fail(ErrorKind::kFix, "note has more than " + std::to_string(limits::kNoteSignaturesMax) + " signatures");
    const auto end = octets.find('\n');
    TRY_ASSIGN(auto signature, parse_signature(octets.substr(0, end)));
    note.signatures.push_back(std::move(signature));
    octets.remove_prefix(end + 1);
  }
  return note;
}

Bytes note_key_octets(NoteUse use, const PublicKey& key) {
  CHECK(key.algorithm == Algorithm::kEd25519 || key.algorithm == Algorithm::kP256Sign);
  Bytes octets;
  if (key.algorithm == Algorithm::kEd25519) {
    octets.push_back(use == NoteUse::kSignature ? kEd25519Type : kCosignatureType);
  } else {
    octets.push_back(kOwnType);
    append(octets, as_bytes(use == NoteUse::kSignature ? kOwnSignature : kOwnCosignature));
  }
  append(octets, key.octets);
  return octets;
}

NoteKeyId note_key_id(std::string_view name, NoteUse use, const PublicKey& key) {
  const Digest digest = Hasher(HashId::kSha256).add(name).add_octet('\n').add(note_key_octets(use, key)).finish();
  NoteKeyId id;
  std::memcpy(id.data(), digest.octets.data(), id.size());
  return id;
}

NoteSignature sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  CHECK(note_name_usable(name) && text.ends_with('\n') && valid_text(text));
  const auto signature = key.sign(as_bytes(text));
  return {std::string(name), note_key_id(name, NoteUse::kSignature, key.public_key()), to_bytes(signature)};
}

Status verify_note(const Note& note, std::string_view name, const VerifyingKey& key) {
  const auto id = note_key_id(name, NoteUse::kSignature, key.public_key());
  for (const auto& signature : note.signatures) {
    if (signature.name != name || signature.key != id) continue;
    if (key.verify(as_bytes(note.text), signature.signature)) return {};
    return fail(ErrorKind::kFix, "signature of `" + std::string(name) + "` on a note does not verify");
  }
  return fail(ErrorKind::kFix, "note bears no signature of `" + std::string(name) + "` with the expected key");
}

}  // namespace steelyard::crypto
