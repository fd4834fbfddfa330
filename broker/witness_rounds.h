// WitnessRounds: brings each new checkpoint to the witnesses that broker.toml names (C2SP tlog-witness), one after the
// other, and their cosignatures to where those of members go.
//
// What a witness last cosigned is remembered while the process lives; else the witness says it, with a 409. Nothing
// that one of them says is believed without its signature; one that is away is asked again.
// Owns: its thread. Threads: follow() from any; counts from any. Errors: told to the process's log, once a minute for
// each witness, and counted.
// Format: docs/formats/checkpoint.md, Witness
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "broker/cosignatures.h"
#include "broker/follower.h"
#include "core/base/throttle.h"
#include "core/crypto/verifier_key.h"
#include "core/http/post.h"
#include "core/provenance/log_store.h"

namespace steelyard::broker {

struct OutsideWitness {
  http::Url url;
  crypto::VerifierKey key;
};

class WitnessRounds {
 public:
  // Store and cosignatures outlive it.
  static Result<std::unique_ptr<WitnessRounds>> start(const std::vector<OutsideWitness>& witnesses,
                                                      const provenance::LogStore& store, Cosignatures& cosignatures,
                                                      const Clock& clock);

  void follow(std::string note) { follower_->follow(std::move(note)); }
  std::uint64_t failed() const { return failed_.load(); }

 private:
  struct Asked {
    OutsideWitness witness;
    std::shared_ptr<const crypto::VerifyingKey> key;
    std::uint64_t size = 0;  // that it holds, as far as we know
  };
  WitnessRounds(const provenance::LogStore& store, Cosignatures& cosignatures, const Clock& clock)
      : store_(store), cosignatures_(cosignatures), clock_(clock) {}
  bool round(const std::string& note);  // all cosigned
  Status ask(Asked& asked, const crypto::Note& note, const crypto::Checkpoint& checkpoint);
  Result<http::Response> submit(const Asked& asked, const std::string& note, std::uint64_t size) const;
  Status take(const Asked& asked, const crypto::Note& note, const std::string& lines);

  const provenance::LogStore& store_;
  Cosignatures& cosignatures_;
  const Clock& clock_;
  std::vector<Asked> asked_;  // the thread's
  Throttle<std::string> failures_{minutes(1)};
  std::atomic<std::uint64_t> failed_{0};
  std::unique_ptr<Follower> follower_;  // ends first
};

}  // namespace steelyard::broker
