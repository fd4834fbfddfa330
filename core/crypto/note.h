// Signed notes (C2SP signed-note): a text, an empty line, and signature lines.
//
// Threads: pure.
// Errors: parse_note refuses what the format forbids, naming the line; more than limits::kNoteSignaturesMax signatures.
//   Signatures of unknown names or key ids are kept and ignored, as the format wants.
// Format: docs/formats/checkpoint.md
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/keys.h"

namespace steelyard::crypto {

using NoteKeyId = std::array<std::uint8_t, 4>;

struct NoteSignature {
  std::string name;  // of the key: note_name_usable()
  NoteKeyId key{};
  Bytes signature;
  auto operator<=>(const NoteSignature&) const = default;
};

struct Note {
  std::string text;  // ends with a newline
  std::vector<NoteSignature> signatures;
};

std::string format_note(const Note& note);
Result<Note> parse_note(std::string_view octets);

// What a key signs in notes: the text itself, or a checkpoint that it has seen at a time (cosignature/v1).
enum class NoteUse : std::uint8_t { kSignature, kCosignature };

// UTF-8 of 1 to 255 octets without Unicode spaces, control characters and '+'.
bool note_name_usable(std::string_view name);

// Type and public octets, as key ids are made of them and verifier keys show them; the type says use and algorithm.
// Requires a signing key.
Bytes note_key_octets(NoteUse use, const PublicKey& key);

// First 4 octets of SHA-256(name || 0A || type || key).
NoteKeyId note_key_id(std::string_view name, NoteUse use, const PublicKey& key);

NoteSignature sign_note(std::string_view text, std::string_view name, const SigningKey& key);

// Finds the signature of this name and key and verifies it. Refuses a note that bears none.
Status verify_note(const Note& note, std::string_view name, const VerifyingKey& key);

}  // namespace steelyard::crypto
