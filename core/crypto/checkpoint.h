// Checkpoint (C2SP tlog-checkpoint): the log's head as a signed note; cosignatures of witnesses (tlog-cosignature v1).
//
// Threads: pure.
// Errors: parsing refuses anything that formatting would not give back octet for octet.
// Format: docs/formats/checkpoint.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/time.h"
#include "core/crypto/keys.h"
#include "core/crypto/note.h"

namespace steelyard::crypto {

struct Checkpoint {
  std::string origin;  // the log's name, also the name of its key
  std::uint64_t size = 0;
  Digest root;
  std::vector<std::string> extensions;  // lines, none empty
  auto operator<=>(const Checkpoint&) const = default;
};

std::string format_checkpoint(const Checkpoint& checkpoint);
Result<Checkpoint> parse_checkpoint(std::string_view text);

// The whole signed note of the log.
std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& log_key);

// The note is signed by this log key under this origin, and its first line is that origin.
Result<Checkpoint> verify_checkpoint(std::string_view note, std::string_view origin, const VerifyingKey& log_key);
Result<Checkpoint> verify_checkpoint(const Note& note, std::string_view origin, const VerifyingKey& log_key);

// A witness's word that this is the largest checkpoint that it has seen of the log, at `now` (whole seconds).
NoteSignature cosign(std::string_view checkpoint_text, std::string_view witness, const SigningKey& key, Instant now);

// The time that the witness gave. Refuses a note that does not bear its valid cosignature.
Result<Instant> verify_cosignature(const Note& note, std::string_view witness, const VerifyingKey& key);

// One cosignature that came alone, over a text that is at hand.
Result<Instant> verify_cosignature(std::string_view checkpoint_text, const NoteSignature& signature,
                                   std::string_view witness, const VerifyingKey& key);

}  // namespace steelyard::crypto
