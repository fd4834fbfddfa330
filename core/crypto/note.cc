#include "core/crypto/note.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/base/limits.h"
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

// Names go between spaces and before '+' in verifier keys; spaces beyond ASCII are spaces too.
bool valid_name(std::string_view name) {
  return !name.empty() && name.size() <= 255 &&
         std::all_of(name.begin(), name.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '+'; });
}

// Well-formed UTF-8 (Unicode table 3-7) without control characters except newline.
bool valid_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto first = static_cast<std::uint8_t>(text[i]);
    if (first < 0x80) {
      if ((first < 0x20 && first != '\n') || first == 0x7F) return false;
      ++i;
      continue;
    }
    const std::size_t more = first >= 0xC2 && first <= 0xDF   ? 1
                             : first >= 0xE0 && first <= 0xEF ? 2
                             : first >= 0xF0 && first <= 0xF4 ? 3
                                                              : 0;
    if (more == 0 || i + more >= text.size()) return false;
    const auto second = static_cast<std::uint8_t>(text[i + 1]);
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
        (first == 0xF4 && second > 0x8F))
      return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<std::uint8_t>(text[i + k]) & 0xC0) != 0x80) return false;
    i += more + 1;
  }
  return true;
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
  if (!valid_name(signature.name)) return wrong("has an unusable key name");
  const auto octets = from_base64(line.substr(space + 1));
  if (!octets) return wrong("is not in base64");
  if (octets->size() <= signature.key.size()) return wrong("is too short");
  std::memcpy(signature.key.data(), octets->data(), signature.key.size());
  signature.signature.assign(octets->begin() + 4, octets->end());
  return signature;
}

}  // namespace

std::string format_note(const Note& note) {
  CHECK(note.text.ends_with('\n') && valid_text(note.text));
  std::string octets = note.text + "\n";
  for (const auto& signature : note.signatures) {
    CHECK(valid_name(signature.name));
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

NoteKeyId note_key_id(std::string_view name, NoteUse use, const PublicKey& key) {
  CHECK(key.algorithm == Algorithm::kEd25519 || key.algorithm == Algorithm::kP256Sign);
  Hasher hasher(HashId::kSha256);
  hasher.add(name).add_octet('\n');
  if (key.algorithm == Algorithm::kEd25519)
    hasher.add_octet(use == NoteUse::kSignature ? kEd25519Type : kCosignatureType);
  else
    hasher.add_octet(kOwnType).add(use == NoteUse::kSignature ? kOwnSignature : kOwnCosignature);
  const Digest digest = hasher.add(key.octets).finish();
  NoteKeyId id;
  std::memcpy(id.data(), digest.octets.data(), id.size());
  return id;
}

NoteSignature sign_note(std::string_view text, std::string_view name, const SigningKey& key) {
  CHECK(valid_name(name) && text.ends_with('\n') && valid_text(text));
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
