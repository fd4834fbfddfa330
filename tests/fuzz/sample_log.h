// SampleLog: a small log with its one signed checkpoint: what fuzz_log.cc judges by and seeds.cc makes receipts of.
//
// Owns: everything. Threads: immutable once made. Errors: none: what fails here is our own mistake.
#pragma once

#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/merkle.h"
#include "core/exchange/digest.h"
#include "core/exchange/promise.h"

namespace steelyard::fuzz {

struct SampleLog {
  static constexpr std::uint64_t kSize = 300;  // more than one tile
  static inline const std::string kOrigin = "steelyard.test/log";
  static constexpr Instant kCosignedAt{1'795'000'400'000'000};

  const crypto::Suite& suite = crypto::suite(crypto::SuiteId::kStandard);
  crypto::SigningKey key = make_key();
  crypto::VerifyingKey verifying = std::move(*crypto::VerifyingKey::decode(key.public_key()));
  std::vector<Bytes> bodies;
  std::vector<Salt> salts;
  std::vector<Digest> leaves;
  crypto::Checkpoint checkpoint;
  std::string note;

  SampleLog() {
    for (std::uint64_t i = 0; i < kSize; ++i) {
      exchange::EntryBody body;
      body.kind = schemas::EntryKind::kRequest;
      body.member = LogIndex(i);
      body.time = Instant{1'795'000'000'000'000 + static_cast<std::int64_t>(i)};
      bodies.push_back(to_bytes(exchange::encode(body)));
      salts.emplace_back().octets.fill(static_cast<std::uint8_t>(i));
      const auto commitment = exchange::entry_commitment(suite, salts.back(), bodies.back());
      leaves.push_back(*Digest::from(commitment.view()));
    }
    checkpoint = {kOrigin, kSize, crypto::tree_root(suite, leaves), {}};
    note = crypto::sign_checkpoint(checkpoint, key);
  }

  exchange::Receipt receipt(std::uint64_t index) const {
    return {LogIndex(index), salts.at(index), bodies.at(index), crypto::inclusion_path(suite, leaves, index), note};
  }

 private:
  crypto::SigningKey make_key() const {
    const Bytes octets(32, 7);
    return std::move(*crypto::SigningKey::from_private(suite.signing, octets));
  }
};

}  // namespace steelyard::fuzz
