// Cosignatures: the newest checkpoint that witnesses have cosigned, in a file beside the head file.
//
// Every adapter is a witness. A cosigned note is checked on a thread of its own: signed by the log, cosigned by that
// member, and extended by the store. One that the store does not extend shows that this log is not the one that the
// witness saw: `contradicted` is called and the process must end (INVARIANT(head-monotonic)).
// The file is written anew for a newer checkpoint, or for a witness that it does not have: nobody makes it so by saying
// the same again. Of one that does not hold the log tells once a minute for each witness.
// `published`, where there is one, is told of each note with one cosignature more, and outlives it.
// Owns: its thread and the file. Threads: offer() and the counts from any.
// Errors: head_contradicts from open(), where the file holds such a note; a note that is merely wrong is counted.
// Format: one signed note with all its cosignatures, docs/formats/checkpoint.md.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "broker/published_note.h"
#include "core/base/throttle.h"
#include "core/crypto/checkpoint.h"
#include "core/provenance/log_store.h"

namespace steelyard::broker {

class Cosignatures {
 public:
  static Result<std::unique_ptr<Cosignatures>> open(std::string path, std::string origin,
                                                    std::shared_ptr<const crypto::VerifyingKey> log_key,
                                                    const provenance::LogStore& store,
                                                    std::function<void(Error)> contradicted,
                                                    PublishedNote* published = nullptr);
  ~Cosignatures();  // looks at what waits, then ends

  // False: too many wait; the next checkpoint brings another.
  bool offer(MemberId witness, std::shared_ptr<const crypto::VerifyingKey> key, Bytes note);
  std::uint64_t accepted() const { return accepted_.load(); }
  std::uint64_t refused() const { return refused_.load(); }

 private:
  struct Offered {
    MemberId witness;
    std::shared_ptr<const crypto::VerifyingKey> key;
    Bytes note;
  };
  Cosignatures() = default;
  void run();
  bool look_at(const Offered& offered);  // true: the file is to be written anew
  void write();
  void publish() const;

  std::string path_;
  std::string origin_;
  std::shared_ptr<const crypto::VerifyingKey> log_key_;
  const provenance::LogStore* store_ = nullptr;
  std::function<void(Error)> contradicted_;
  PublishedNote* published_ = nullptr;
  crypto::Note newest_;  // the thread's
  std::uint64_t size_ = 0;
  SystemClock clock_;
  Throttle<MemberId> refusals_{minutes(1)};
  std::atomic<std::uint64_t> accepted_{0};
  std::atomic<std::uint64_t> refused_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Offered> offered_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace steelyard::broker
