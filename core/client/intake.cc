#include "core/client/intake.h"

#include <utility>

#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"

namespace steelyard::client {
namespace {

exchange::StatementBytes statement_of(const exchange::FrameMessage& message) {
  return {to_bytes(message.envelope), to_bytes(message.payload)};
}

}  // namespace

// The keys by which the very first frame is verified: those of the genesis that it brings, if it is the pinned one.
std::optional<exchange::Registry> Intake::first_registry(const exchange::Frame& frame) const {
  for (const auto& message : frame.messages) {
    if (message.kind != schemas::MessageKind::kStatement) continue;
    exchange::Registry registry;
    if (!registry.apply(statement_of(message), LogIndex{0}, clock_.wall(), false)) return {};
    if (registry.network() != identity_.genesis) return {};
    return registry;
  }
  return {};
}

bool Intake::verify_own(const exchange::Frame& frame, const exchange::Registry& keys, std::vector<Digest>& digests) {
  bool any = false;
  for (const auto& message : frame.messages) any = any || !message.proof;
  if (!any) return true;
  const auto* key = keys.broker_key(schemas::KeyUse::kBundle);
  if (key == nullptr || key->verifying == nullptr || key->verifying->id() != frame.key) return false;
  ++counters_.verifications;
  auto bundle = exchange::open_bundle(keys.suite(), keys.origin(), MemberId(keys.origin()), *key->verifying, frame);
  if (!bundle) return false;
  digests = std::move(bundle->digests);
  return true;
}

bool Intake::verify_forwarded(const exchange::FrameMessage& message, const Digest& digest,
                              const exchange::Registry& keys) {
  const auto* key = keys.key(message.proof->author, message.proof->key, schemas::KeyUse::kMessage);
  if (key == nullptr || key->verifying == nullptr) return false;
  const auto before = verifier_->signatures_checked();
  const bool holds = verifier_->verify(digest, *message.proof, *key->verifying).has_value();
  counters_.verifications += verifier_->signatures_checked() - before;
  return holds;
}

// Of a Recorded beside a Statement: what the statement is folded by.
void Intake::remember(const exchange::FrameMessage& message) {
  auto recorded = schemas::decode<schemas::Recorded>(message.envelope);
  if (!recorded) return;
  exchange::Promise promise{recorded->index, recorded->salt, std::move(recorded->body), clock_.wall()};
  auto entry = exchange::check_promise(promise, recorded->digest);
  if (entry && entry->kind == schemas::EntryKind::kStatement)
    companion_ = Companion{recorded->digest, std::move(promise), std::move(*entry)};
}

void Intake::refuse(const Document& document, const Companion& companion, const Error& why) {
  bool ours = false;
  if (const auto statement = schemas::decode<schemas::Statement>(document.statement.document))
    ours = statement->head.author == identity_.member;
  alarms_.raise(ours ? "statement-not-ours" : "statement-refused",
                "the broker recorded a statement at index " + std::to_string(companion.promise.index.value) +
                    " that does not stand: " + why.what,
                "document " + to_hex(document.statement.document) + "\nsignatures " +
                    to_hex(document.statement.signatures) + "\nsalt " + to_hex(companion.promise.salt.view()) +
                    "\nbody " + to_hex(companion.promise.body) + "\n");
}

// Another office key is claimed for this member, and there is time left to stop it: who has the old one has to hear.
void Intake::look_for_claim(LogIndex folded) {
  const auto* self = replica_.registry().member(identity_.member);
  if (self == nullptr || !self->claim || self->claim->number != folded) return;
  const Instant end = self->claim->since + limits::kRecoveryWait;
  if (end <= clock_.wall()) return;
  alarms_.raise("office-key-claimed",
                "the statement at index " + std::to_string(folded.value) +
                    " puts another office key in place of this member's at " + to_rfc3339(end) +
                    "; if the present one is not lost: `steelyard member keep`",
                "document " + to_hex(document_->statement.document) + "\nsignatures " +
                    to_hex(document_->statement.signatures) + "\n");
}

// Once both are here.
Status Intake::fold(Taken& taken) {
  if (!document_ || !companion_ || document_->digest != companion_->digest) return {};
  const auto done = replica_.take(document_->statement, companion_->promise, companion_->entry);
  if (!done) {
    if (done.error().kind == ErrorKind::kStop) return fail(done.error());
    refuse(*document_, *companion_, done.error());
  } else if (*done == Replica::Taken::kGap) {
    taken.gap = true;
  } else if (*done == Replica::Taken::kFolded) {
    ++taken.folded;
    look_for_claim(companion_->promise.index);
    taken.promises.push_back(std::move(companion_->promise));
  }
  document_.reset();
  companion_.reset();
  return {};
}

Result<Intake::Taken> Intake::take(exchange::Frame& frame, const std::shared_ptr<const void>& octets,
                                   std::vector<Incoming>& out) {
  Taken taken;
  std::optional<exchange::Registry> first;
  if (replica_.registry().empty()) first = first_registry(frame);
  std::vector<Digest> own;
  if ((replica_.registry().empty() && !first) || !verify_own(frame, first ? *first : replica_.registry(), own)) {
    ++counters_.rejected_frames;
    return taken;
  }
  if (!verifier_) {
    const auto& keys = first ? *first : replica_.registry();
    verifier_.emplace(keys.suite(), keys.origin());
  }
  const std::vector<Digest> forwarded =
      exchange::forwarded_digests((first ? *first : replica_.registry()).suite(), frame);
  auto next_own = own.begin();
  auto next_forwarded = forwarded.begin();
  for (std::size_t i = 0; i < frame.messages.size(); ++i) {
    auto& message = frame.messages[i];
    const auto& keys = replica_.registry().empty() ? *first : replica_.registry();
    const Digest digest = message.proof ? *next_forwarded++ : *next_own++;
    if (message.proof && !verify_forwarded(message, digest, keys)) {
      ++counters_.rejected_frames;
      continue;
    }
    if (message.kind == schemas::MessageKind::kStatement) {
      if (message.proof) document_ = Document{digest, statement_of(message)};
      TRY(fold(taken));
      continue;
    }
    const bool beside = document_.has_value() || i + 1 == frame.messages.size() ||
                        frame.messages[i + 1].kind == schemas::MessageKind::kStatement;
    if (message.kind == schemas::MessageKind::kRecorded && beside) {
      remember(message);
      TRY(fold(taken));
    }
    out.push_back({message.kind, message.envelope, message.payload, digest,
                   message.proof ? std::move(message.proof->author) : MemberId(), !message.proof, octets});
  }
  if (taken.folded != 0) TRY(replica_.save());
  return taken;
}

}  // namespace steelyard::client
