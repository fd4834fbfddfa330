// PublicWitness: an independent witness of any logs of Ed25519 and SHA-256: what it answers to add-checkpoint (C2SP
// tlog-witness).
//
// Of each log it keeps the last checkpoint that it cosigned, in a file, before it says so; what does not extend that
// one it does not cosign (INVARIANT(head-monotonic)). A log that signed two trees of one size has contradicted itself:
// both notes are kept as evidence, once.
//
// Owns: the key, a file for each log below its folder. Threads: one. Errors: open() refuses a file that is none of its
// own; answers are statuses as the specification has them; 503 where the checkpoint cannot be kept.
// Format: docs/formats/checkpoint.md, Witness
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/client/alarms.h"
#include "core/crypto/add_checkpoint.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/verifier_key.h"

namespace steelyard::client {

class PublicWitness {
 public:
  struct Answer {
    int status = 200;
    std::string type;
    std::string body;
  };

  // `logs`: whose checkpoints it looks at; several keys of one name are of one log. `dir` is there.
  static Result<std::unique_ptr<PublicWitness>> open(const std::string& dir, std::string name, crypto::SigningKey key,
                                                     const std::vector<crypto::VerifierKey>& logs, const Clock& clock);

  Answer add_checkpoint(std::string_view body);
  std::vector<Alarm> take_alarms() { return alarms_.take(); }

 private:
  struct Log {
    std::vector<crypto::VerifyingKey> keys;
    std::string path;         // of the last checkpoint
    crypto::Checkpoint last;  // size 0: none
    std::string last_note;
    std::set<Digest> told;  // roots that contradicted it, each told once
  };
  PublicWitness(std::string dir, std::string name, crypto::SigningKey key, const Clock& clock);
  Status restore(const std::string& origin, Log& log) const;
  static std::vector<crypto::NoteSignature> signatures_of(const Log& log, const std::string& origin,
                                                          const crypto::Note& note);
  Answer judge(Log& log, const crypto::AddCheckpoint& request, const crypto::Note& note,
               const crypto::Checkpoint& checkpoint);
  Answer cosign(Log& log, const crypto::Note& note, const crypto::Checkpoint& checkpoint);
  void contradicted(Log& log, const crypto::Checkpoint& checkpoint, const crypto::Note& note);

  const std::string name_;
  const crypto::SigningKey key_;
  const Clock& clock_;
  Alarms alarms_;
  std::map<std::string, Log> logs_;  // by origin
};

}  // namespace steelyard::client
