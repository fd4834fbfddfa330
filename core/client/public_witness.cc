#include "core/client/public_witness.h"

#include <algorithm>

#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "core/base/outside_limits.h"
#include "core/crypto/hash.h"
#include "core/crypto/merkle.h"
#include "core/store/durable_file.h"

namespace steelyard::client {
namespace {

constexpr std::size_t kToldMax = 100;  // contradictions of one log: who sees that many has seen enough

const crypto::Suite& standard() { return crypto::suite(crypto::SuiteId::kStandard); }

// Origins hold slashes and whatever else; the file's name is made of their digest.
std::string file_of(const std::string& dir, const std::string& origin) {
  const Digest digest = crypto::hash(standard(), as_bytes(origin));
  return dir + "/" + to_hex(digest.view().first(16)) + ".checkpoint";
}

PublicWitness::Answer no(int status, const std::string& what) {
  return {status, "text/plain; charset=utf-8", what + "\n"};
}

PublicWitness::Answer holds(std::uint64_t size) {
  return {409, std::string(crypto::kTreeSizeType), std::to_string(size) + "\n"};
}

}  // namespace

PublicWitness::PublicWitness(std::string dir, std::string name, crypto::SigningKey key, const Clock& clock)
    : name_(std::move(name)), key_(std::move(key)), clock_(clock), alarms_(std::move(dir), clock) {}

Result<std::unique_ptr<PublicWitness>> PublicWitness::open(const std::string& dir, std::string name,
                                                           crypto::SigningKey key,
                                                           const std::vector<crypto::VerifierKey>& logs,
                                                           const Clock& clock) {
  if (!crypto::note_name_usable(name))
    return fail(ErrorKind::kFix, "`" + name + "` is no name of a key: it has no spaces and no `+`");
  if (key.public_key().algorithm != crypto::Algorithm::kEd25519)
    return fail(ErrorKind::kFix, "a public witness signs by ed25519");
  std::unique_ptr<PublicWitness> made(new PublicWitness(dir + "/alarms", std::move(name), std::move(key), clock));
  for (const crypto::VerifierKey& log : logs) {
    if (log.use != crypto::NoteUse::kSignature || log.key.algorithm != crypto::Algorithm::kEd25519)
      return fail(ErrorKind::kFix, "the key of `" + log.name + "` is not the ed25519 key of a log");
    TRY_ASSIGN(crypto::VerifyingKey decoded, crypto::VerifyingKey::decode(log.key));
    made->logs_[log.name].keys.push_back(std::move(decoded));
  }
  if (made->logs_.empty() || made->logs_.size() > limits::kWitnessLogsMax)
    return fail(ErrorKind::kFix, "a witness looks at 1 to " + std::to_string(limits::kWitnessLogsMax) + " logs");
  for (auto& [origin, log] : made->logs_) {
    log.path = file_of(dir, origin);
    TRY(made->restore(origin, log));
  }
  return made;
}

Status PublicWitness::restore(const std::string& origin, Log& log) const {
  TRY_ASSIGN(const bool there, store::exists(log.path));
  if (!there) return {};
  TRY_ASSIGN(const Bytes octets, store::read_file(log.path, limits::kNoteBytesMax));
  const auto note = crypto::parse_note(as_text(octets));
  const auto checkpoint = note ? crypto::parse_checkpoint(note->text) : fail(note.error());
  if (!checkpoint || checkpoint->origin != origin || signatures_of(log, origin, *note).empty())
    return fail(ErrorKind::kFix, log.path + " is no checkpoint that `" + origin +
                                     "` signed: put a copy of it back; without it a log could go back unseen");
  log.last = *checkpoint;
  log.last_note = as_text(octets);
  return {};
}

// The lines by which the log signed this note, one of a key; none: it did not. Whatever else stands under a note
// anybody may have put there, to make it long.
std::vector<crypto::NoteSignature> PublicWitness::signatures_of(const Log& log, const std::string& origin,
                                                                const crypto::Note& note) {
  std::vector<crypto::NoteSignature> lines;
  for (const crypto::VerifyingKey& key : log.keys) {
    if (!crypto::verify_note(note, origin, key)) continue;
    const auto id = crypto::note_key_id(origin, crypto::NoteUse::kSignature, key.public_key());
    lines.push_back(*std::find_if(note.signatures.begin(), note.signatures.end(),
                                  [&](const auto& line) { return line.name == origin && line.key == id; }));
  }
  return lines;
}

PublicWitness::Answer PublicWitness::add_checkpoint(std::string_view body) {
  const auto request = crypto::parse_add_checkpoint(body);
  if (!request) return no(400, request.error().what);
  const auto note = crypto::parse_note(request->note);
  if (!note) return no(400, note.error().what);
  const auto checkpoint = crypto::parse_checkpoint(note->text);
  if (!checkpoint) return no(400, checkpoint.error().what);
  const auto found = logs_.find(checkpoint->origin);
  if (found == logs_.end()) return no(404, "this log is not known here");
  const crypto::Note as_signed{note->text, signatures_of(found->second, checkpoint->origin, *note)};
  if (as_signed.signatures.empty()) return no(403, "no key of this log signed the checkpoint");
  if (request->old_size > checkpoint->size) return no(400, "the old size is larger than the checkpoint's");
  return judge(found->second, *request, as_signed, *checkpoint);
}

// INVARIANT(head-monotonic): what is cosigned extends what was cosigned before.
PublicWitness::Answer PublicWitness::judge(Log& log, const crypto::AddCheckpoint& request, const crypto::Note& note,
                                           const crypto::Checkpoint& checkpoint) {
  const bool same_size = !log.last_note.empty() && checkpoint.size == log.last.size;
  if (same_size && checkpoint.root != log.last.root) {
    contradicted(log, checkpoint, note);
    return holds(log.last.size);
  }
  if (!INVARIANT_HOLDS(head_monotonic, request.old_size == log.last.size)) return holds(log.last.size);
  const Digest old_root = log.last_note.empty() ? crypto::empty_root(standard()) : log.last.root;
  const auto extends = crypto::verify_consistency(standard(), request.old_size, old_root, checkpoint.size,
                                                  checkpoint.root, request.proof);
  if (!INVARIANT_HOLDS(head_monotonic, extends.has_value()))
    return no(422, "the proof does not show that the checkpoint extends the one of " +
                       std::to_string(request.old_size) + " entries");
  return cosign(log, note, checkpoint);
}

// Kept before it is said. A checkpoint that is held already is only said again.
PublicWitness::Answer PublicWitness::cosign(Log& log, const crypto::Note& note, const crypto::Checkpoint& checkpoint) {
  const crypto::NoteSignature cosignature = crypto::cosign(note.text, name_, key_, clock_.wall());
  crypto::Note held = note;
  held.signatures.push_back(cosignature);
  const std::string octets = crypto::format_note(held);
  if (log.last_note.empty() || checkpoint.size > log.last.size) {
    if (auto kept = store::write_file_durably(log.path, as_bytes(octets), 0600); !kept) {
      alarms_.raise("store-failed", "a checkpoint could not be kept: " + kept.error().what, octets);
      return no(503, "the checkpoint cannot be kept now");
    }
    log.last = checkpoint;
    log.last_note = octets;
  }
  const std::string whole = crypto::format_note({note.text, {cosignature}});
  return {200, "text/plain; charset=utf-8", whole.substr(note.text.size() + 1)};
}

void PublicWitness::contradicted(Log& log, const crypto::Checkpoint& checkpoint, const crypto::Note& note) {
  if (log.told.size() >= kToldMax || !log.told.insert(checkpoint.root).second) return;
  alarms_.raise(
      "log-contradicts",
      "the log `" + checkpoint.origin + "` signed two trees of " + std::to_string(checkpoint.size) + " entries",
      log.last_note + "\n" + crypto::format_note(note));
}

}  // namespace steelyard::client
