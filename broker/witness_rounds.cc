#include "broker/witness_rounds.h"

#include <spdlog/spdlog.h>

#include "core/base/limits.h"
#include "core/base/outside_limits.h"
#include "core/base/plain_text.h"
#include "core/crypto/add_checkpoint.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/tiles.h"

namespace steelyard::broker {
namespace {

constexpr int kDone = 200;
constexpr int kHoldsAnother = 409;

}  // namespace

Result<std::unique_ptr<WitnessRounds>> WitnessRounds::start(const std::vector<OutsideWitness>& witnesses,
                                                            const provenance::LogStore& store,
                                                            Cosignatures& cosignatures, const Clock& clock) {
  std::unique_ptr<WitnessRounds> made(new WitnessRounds(store, cosignatures, clock));
  for (const OutsideWitness& witness : witnesses) {
    TRY_ASSIGN(crypto::VerifyingKey key, crypto::VerifyingKey::decode(witness.key.key));
    made->asked_.push_back({witness, std::make_shared<const crypto::VerifyingKey>(std::move(key)), 0});
  }
  made->follower_ =
      std::make_unique<Follower>(limits::kCheckpointEvery, limits::kOutsiderWithin,
                                 [rounds = made.get()](const std::string& note) { return rounds->round(note); });
  return made;
}

bool WitnessRounds::round(const std::string& note) {
  const auto parsed = crypto::parse_note(note);
  const auto checkpoint = parsed ? crypto::parse_checkpoint(parsed->text) : fail(parsed.error());
  if (!checkpoint) return true;  // our own signer writes no such note
  bool all = true;
  for (Asked& asked : asked_) {
    if (follower_->ending()) return all;
    auto done = ask(asked, *parsed, *checkpoint);
    if (done) continue;
    all = false;
    ++failed_;
    const std::string& name = asked.witness.key.name;
    if (const auto more = failures_.speak(name, clock_.monotonic()))
      spdlog::warn("witness did not cosign witness={} url={} unsaid_before={} why={}", quoted(name),
                   quoted("http://" + asked.witness.url.named), *more, quoted(done.error().what));
  }
  return all;
}

// Where the witness holds another size than we thought, once more from there.
Status WitnessRounds::ask(Asked& asked, const crypto::Note& note, const crypto::Checkpoint& checkpoint) {
  const std::string octets = crypto::format_note(note);
  for (int attempt = 0; attempt < 2; ++attempt) {
    TRY_ASSIGN(const http::Response answer, submit(asked, octets, checkpoint.size));
    if (answer.status == kDone) {
      TRY(take(asked, note, answer.body));
      asked.size = checkpoint.size;
      return {};
    }
    if (answer.status != kHoldsAnother || answer.type != crypto::kTreeSizeType)
      return fail(ErrorKind::kLater, "it says " + std::to_string(answer.status));
    TRY_ASSIGN(asked.size, crypto::parse_tree_size(answer.body));
    if (asked.size > checkpoint.size) {
      const std::string holds = std::to_string(std::exchange(asked.size, 0));
      return fail(ErrorKind::kLater, "it holds " + holds + " entries, more than the " +
                                         std::to_string(checkpoint.size) +
                                         " of this log: was an older store put back?");
    }
  }
  return fail(ErrorKind::kLater, "it holds another checkpoint of this size");
}

Result<http::Response> WitnessRounds::submit(const Asked& asked, const std::string& note, std::uint64_t size) const {
  crypto::AddCheckpoint request{asked.size, {}, note};
  if (asked.size > 0 && asked.size < size) {
    provenance::StoreTiles tiles(store_);
    TRY_ASSIGN(request.proof, crypto::consistency_proof(store_.suite(), tiles, asked.size, size));
  }
  return http::post(asked.witness.url, "/add-checkpoint",
                    {"text/plain; charset=utf-8", crypto::format_add_checkpoint(request)}, limits::kOutsiderWithin,
                    limits::kNoteBytesMax);
}

// Of what it answers, the line that is its own.
Status WitnessRounds::take(const Asked& asked, const crypto::Note& note, const std::string& lines) {
  TRY_ASSIGN(crypto::Note cosigned, crypto::parse_note(note.text + "\n" + lines));
  const crypto::VerifierKey& key = asked.witness.key;
  TRY(crypto::verify_cosignature(cosigned, key.name, *asked.key));
  for (const crypto::NoteSignature& log_line : note.signatures) cosigned.signatures.push_back(log_line);
  if (!cosignatures_.offer(MemberId(key.name), asked.key, to_bytes(as_bytes(crypto::format_note(cosigned)))))
    return fail(ErrorKind::kLater, "too many cosignatures wait");
  return {};
}

}  // namespace steelyard::broker
