// DecidedBy: which policies made a verdict, as the log keeps it beside the entry whose body has no room for it.
//
// A policy is named as everything in an entry is: by the log index of the statement that brought it, so that it says
// which version it was, and by its place in that statement's text. The row is committed to by the entry's salt.
// Owns: its list. Threads: plain values. Errors: decoding refuses octets of another form or order. Format:
// docs/formats/entry.md.
#pragma once

#include <compare>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/crypto/suite.h"

namespace steelyard::exchange {

struct DecidedBy {
  // More than decide about one request but in a set made to be so; a row of 273 octets.
  static constexpr std::size_t kPoliciesMax = 32;

  struct Policy {
    LogIndex statement;       // of a policy set, or of an agreement's version
    std::uint16_t place = 0;  // in the text of the set, from 0; of an agreement 0
    auto operator<=>(const Policy&) const = default;
  };
  std::vector<Policy> policies;  // ascending, each once
  bool erred = false;            // they are those that could not be evaluated, which refused the whole
  bool more = false;             // than stand here

  bool operator==(const DecidedBy&) const = default;
  bool empty() const { return policies.empty(); }  // no policy was asked, or none had an opinion: there is no row
};

// `nonce` is as random as a salt, and stays in the row: whoever sees the salt alone learns nothing of the policies.
Bytes encode(const DecidedBy& decided_by, const Salt& nonce);
Result<DecidedBy> decode_decided_by(ByteView row);
// The salt of the entry that the row belongs to.
Salt salt_of(const crypto::Suite& suite, ByteView row);

}  // namespace steelyard::exchange
