#include "core/provenance/signer.h"

#include <algorithm>
#include <chrono>

#include "core/base/fail_point.h"
#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::provenance {
namespace {

tl::unexpected<Error> contradicts(std::string what) {
  return fail(ErrorKind::kStop, std::move(what), schemas::code::head_contradicts);
}

// INVARIANT(head-monotonic): sizes signed never go back, and one size is signed with one root. That a larger tree
// extends this one follows from the frontier, which can only be appended to.
Status check_follows(const crypto::Checkpoint& last, std::uint64_t size, const Digest& root) {
  if (!INVARIANT_HOLDS(head_monotonic, size > last.size || (size == last.size && root == last.root)))
    return contradicts("a checkpoint of " + std::to_string(size) + " entries does not follow the signed one of " +
                       std::to_string(last.size));
  return {};
}

// INVARIANT(head-monotonic): the file still holds what was signed last. Another means that a second broker signs for
// this log, or that somebody put an older head in its place.
Status check_head_file(const HeadFile& head, const crypto::VerifyingKey& key, const crypto::Checkpoint& last) {
  TRY_ASSIGN(const bool there, store::exists(head.path()));
  if (!there && last.size == 0) return {};
  TRY_ASSIGN(const auto held, head.read(key));
  if (!INVARIANT_HOLDS(head_monotonic, held.checkpoint.size == last.size && held.checkpoint.root == last.root))
    return contradicts("the head file says " + std::to_string(held.checkpoint.size) + " entries, but " +
                       std::to_string(last.size) + " were signed last");
  return {};
}

}  // namespace

Signer::Signer(HeadFile head, crypto::SigningKey log_key, std::string origin, crypto::Checkpoint last,
               const Clock& clock, std::function<void(std::string note)> published, std::function<void(Error)> failed)
    : head_(std::move(head)),
      log_key_(std::move(log_key)),
      origin_(std::move(origin)),
      last_(std::move(last)),
      clock_(clock),
      published_(std::move(published)),
      failed_(std::move(failed)),
      thread_([this] { run(); }) {}

Signer::~Signer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Signer::offer(const CommittedBatch& head) {
  {
    const std::lock_guard lock(mutex_);
    offered_ = head;
  }
  wake_.notify_one();
}

void Signer::run() {
  std::optional<Duration> signed_at;
  while (true) {
    CommittedBatch head;
    {
      std::unique_lock lock(mutex_);
      while (true) {
        if (!offered_) {
          if (ending_) return;
          wake_.wait(lock);
          continue;
        }
        if (ending_ || !signed_at || offered_->size >= last_.size + limits::kCheckpointEntries) break;
        const Duration waited{clock_.monotonic().us - signed_at->us};
        if (waited >= limits::kCheckpointEvery) break;
        wake_.wait_for(lock,
                       std::chrono::microseconds(limits::kCheckpointEvery.us - std::max<std::int64_t>(waited.us, 0)));
      }
      head = *offered_;
      offered_.reset();
    }
    if (auto done = sign(head); !done) {
      failed_(std::move(done).error());
      return;
    }
    signed_at = clock_.monotonic();
  }
}

// The log is synced up to head.size: only committed sizes are offered. A crash before the file is renamed leaves the
// older head, which the log extends; after it, a head that nobody has seen, which the log extends too.
Status Signer::sign(const CommittedBatch& head) {
  TRY(check_follows(last_, head.size, head.root));
  if (head.size == last_.size && head.root == last_.root) return {};
  TRY_ASSIGN(const auto key, crypto::VerifyingKey::decode(log_key_.public_key()));
  TRY(check_head_file(head_, key, last_));
  const crypto::Checkpoint next{origin_, head.size, head.root, {}};
  std::string note = crypto::sign_checkpoint(next, log_key_);
  FAIL_POINT("signer-before-head");
  TRY(head_.write(note));
  last_ = next;
  published_(std::move(note));
  return {};
}

}  // namespace steelyard::provenance
