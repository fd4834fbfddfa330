// LogPolicy (C2SP tlog-policy): which logs and which witnesses a verifier trusts, and how many of them it takes.
//
// Holds the verifier's own word: names are its own, what counts is keys. Of one key there is one witness.
// Owns: the keys, decoded. Threads: immutable. Errors: parsing names the line and what is wrong with it; check() says
// which quorum was not reached.
// Format: docs/formats/checkpoint.md, Policy
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/crypto/note.h"
#include "core/crypto/verifier_key.h"

namespace steelyard::crypto {

class LogPolicy {
 public:
  static Result<LogPolicy> parse(std::string_view text);

  const std::vector<VerifierKey>& logs() const { return logs_; }  // may be none
  bool wants_witnesses() const { return !quorum_.empty(); }

  // The names of those witnesses that cosigned this checkpoint, where they are a quorum. Whether the log signed it is
  // not looked at.
  Result<std::vector<std::string>> check(const Note& checkpoint) const;

 private:
  struct Witness {
    std::string name;
    std::string key_name;
    VerifyingKey key;
  };
  struct Group {
    std::string name;
    std::size_t threshold = 1;
    std::vector<std::string> members;
  };
  LogPolicy() = default;
  Status take_line(const std::vector<std::string>& words);
  Status take_log(const std::vector<std::string>& words);
  Status take_witness(const std::vector<std::string>& words);
  Status take_group(const std::vector<std::string>& words);
  Status take_quorum(const std::vector<std::string>& words);
  Status take_name(const std::string& name);
  bool knows(const std::string& name) const;

  std::vector<VerifierKey> logs_;
  std::vector<Witness> witnesses_;
  std::vector<Group> groups_;  // each names only what stands before it
  std::string quorum_;         // empty: none are wanted
  bool has_quorum_ = false;
};

}  // namespace steelyard::crypto
