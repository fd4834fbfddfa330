// Signer: the thread that signs checkpoints: at most one a second, or every limits::kCheckpointEntries entries.
//
// Signs only sizes that are committed. INVARIANT(head-monotonic) is checked before each signature. Nothing on an
// exchange's path waits for it. `published` is called on the signer's thread once the head file is durable.
// Owns: the log key, its thread. Threads: offer() from the writer's thread.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "core/base/time.h"
#include "core/crypto/keys.h"
#include "core/provenance/head_file.h"
#include "core/provenance/writer.h"

namespace steelyard::provenance {

class Signer {
 public:
  Signer(HeadFile head, crypto::SigningKey log_key, std::string origin, crypto::Checkpoint last, const Clock& clock,
         std::function<void(std::string note)> published, std::function<void(Error)> failed);
  ~Signer();  // signs what was offered and is not signed yet, then ends

  void offer(const CommittedBatch& head);  // keeps the newest

 private:
  void run();
  Status sign(const CommittedBatch& head);

  HeadFile head_;
  crypto::SigningKey log_key_;
  std::string origin_;
  crypto::Checkpoint last_;
  const Clock& clock_;
  std::function<void(std::string)> published_;
  std::function<void(Error)> failed_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<CommittedBatch> offered_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace steelyard::provenance
