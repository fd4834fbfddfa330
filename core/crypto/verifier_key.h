// Verifier key (C2SP signed-note): the key of a note's signature or cosignature as one line, as other tools take it.
//
//   log.city.example+7f3a9c01+AQ...       type 01: the log's signature
//   tax+0be51d22+BA...                    type 04: a witness's cosignature
//
// Threads: pure. Errors: parsing refuses whatever formatting would not give back: another id than name and key have,
// an unknown type, a key that is none.
// Format: docs/formats/checkpoint.md
#pragma once

#include <string>
#include <string_view>

#include "core/crypto/keys.h"
#include "core/crypto/note.h"

namespace steelyard::crypto {

struct VerifierKey {
  std::string name;
  NoteUse use = NoteUse::kSignature;
  PublicKey key;
  auto operator<=>(const VerifierKey&) const = default;
};

std::string to_text(const VerifierKey& key);
Result<VerifierKey> verifier_key_from_text(std::string_view text);

}  // namespace steelyard::crypto
