#include "core/crypto/checkpoint.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "core/base/check.h"

namespace steelyard::crypto {
namespace {

constexpr std::size_t kTimeBytes = 8;

// The next line without its newline; nothing at the end.
bool take_line(std::string_view& text, std::string_view& line) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return false;
  line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return true;
}

std::string cosigned_message(std::string_view checkpoint_text, std::uint64_t seconds) {
  return "cosignature/v1\ntime " + std::to_string(seconds) + "\n" + std::string(checkpoint_text);
}

tl::unexpected<Error> wrong(std::string_view why) { return fail(ErrorKind::kFix, "checkpoint " + std::string(why)); }

}  // namespace

std::string format_checkpoint(const Checkpoint& checkpoint) {
  CHECK(!checkpoint.origin.empty() && checkpoint.origin.find('\n') == std::string::npos);
  std::string text =
      checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_base64(checkpoint.root.view()) + "\n";
  for (const auto& line : checkpoint.extensions) {
    CHECK(!line.empty() && line.find('\n') == std::string::npos);
    text += line + "\n";
  }
  return text;
}

Result<Checkpoint> parse_checkpoint(std::string_view text) {
  Checkpoint checkpoint;
  std::string_view line;
  if (!take_line(text, line) || line.empty()) return wrong("has no origin line");
  checkpoint.origin = std::string(line);
  if (!take_line(text, line)) return wrong("has no size line");
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), checkpoint.size);
  if (parsed.ec != std::errc{} || parsed.ptr != line.data() + line.size() || std::to_string(checkpoint.size) != line)
    return wrong("has a size that is not a plain decimal number");
  if (!take_line(text, line)) return wrong("has no root line");
  const auto octets = from_base64(line);
  if (!octets || octets->size() != Digest::kSize || to_base64(*octets) != line)
    return wrong("has a root that is not 32 octets in base64");
  TRY_ASSIGN(checkpoint.root, Digest::from(*octets));
  while (!text.empty()) {
    if (!take_line(text, line)) return wrong("does not end with a newline");
    if (line.empty()) return wrong("has an empty extension line");
    checkpoint.extensions.emplace_back(line);
  }
  return checkpoint;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const SigningKey& log_key) {
  Note note;
  note.text = format_checkpoint(checkpoint);
  note.signatures.push_back(sign_note(note.text, checkpoint.origin, log_key));
  return format_note(note);
}

Result<Checkpoint> verify_checkpoint(std::string_view note, std::string_view origin, const VerifyingKey& log_key) {
  TRY_ASSIGN(const Note parsed, parse_note(note));
  return verify_checkpoint(parsed, origin, log_key);
}

Result<Checkpoint> verify_checkpoint(const Note& note, std::string_view origin, const VerifyingKey& log_key) {
  TRY(verify_note(note, origin, log_key));
  TRY_ASSIGN(Checkpoint checkpoint, parse_checkpoint(note.text));
  if (checkpoint.origin != origin)
    return wrong("is of log `" + checkpoint.origin + "`, expected `" + std::string(origin) + "`");
  return checkpoint;
}

NoteSignature cosign(std::string_view checkpoint_text, std::string_view witness, const SigningKey& key, Instant now) {
  CHECK(now.us >= 0);
  const auto seconds = static_cast<std::uint64_t>(now.us / 1'000'000);
  Bytes value;
  put_be(value, seconds);
  append(value, key.sign(as_bytes(cosigned_message(checkpoint_text, seconds))));
  return {std::string(witness), note_key_id(witness, NoteUse::kCosignature, key.public_key()), std::move(value)};
}

Result<Instant> verify_cosignature(std::string_view checkpoint_text, const NoteSignature& signature,
                                   std::string_view witness, const VerifyingKey& key) {
  if (signature.name != witness || signature.key != note_key_id(witness, NoteUse::kCosignature, key.public_key()))
    return fail(ErrorKind::kFix, "cosignature is not of `" + std::string(witness) + "` with the expected key");
  if (signature.signature.size() != kTimeBytes + kSignatureBytes)
    return fail(ErrorKind::kFix, "cosignature of `" + std::string(witness) + "` has the wrong size");
  const auto seconds = get_be<std::uint64_t>(signature.signature.data());
  const auto value = ByteView(signature.signature).subspan(kTimeBytes);
  if (seconds > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max() / 1'000'000) ||
      !key.verify(as_bytes(cosigned_message(checkpoint_text, seconds)), value))
    return fail(ErrorKind::kFix, "cosignature of `" + std::string(witness) + "` does not verify");
  return Instant{static_cast<std::int64_t>(seconds) * 1'000'000};
}

Result<Instant> verify_cosignature(const Note& note, std::string_view witness, const VerifyingKey& key) {
  const auto id = note_key_id(witness, NoteUse::kCosignature, key.public_key());
  const auto found = std::find_if(note.signatures.begin(), note.signatures.end(), [&](const NoteSignature& candidate) {
    return candidate.name == witness && candidate.key == id;
  });
  if (found == note.signatures.end())
    return fail(ErrorKind::kFix, "checkpoint bears no cosignature of `" + std::string(witness) + "`");
  return verify_cosignature(note.text, *found, witness, key);
}

}  // namespace steelyard::crypto
