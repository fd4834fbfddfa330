// verify_log: re-reads and re-derives a whole log, and names the first thing that is wrong.
//
// One library for `steelyard log verify`, tests, operators and auditors. Checks every row: commitment of salt and body,
// place (bundle, position, order of time), author's bundle signature, statements folded anew with all signatures,
// registry rows, hash rows, once, then the root against the head file's checkpoint and its signature by the log's key
// as the genesis names it (or as pinned), and any further checkpoints that witnesses hold.
// Threads: reads only. Errors: only for what cannot be read at all; what is wrong is in the report.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/crypto/checkpoint.h"
#include "core/provenance/log_store.h"

namespace steelyard::provenance {

// What tampering each finding names; slugs are stable, docs/formats/store.md lists them: "entry-body-changed",
// "entries-out-of-order", "tail-missing", "older-copy", "tree-not-signed", "author-signature-wrong", ...
struct Finding {
  std::string slug;
  std::optional<LogIndex> index;  // the first record concerned
  std::string what;               // one sentence
};

struct VerifyOptions {
  std::string head_path;                 // empty: no head file to hold the log to
  std::vector<std::string> held;         // signed notes from elsewhere (witnesses, receipts)
  std::optional<Digest> pinned_genesis;  // digest of the first genesis statement
  std::size_t findings_max = 20;
};

struct VerifyReport {
  std::uint64_t entries = 0, statements = 0, bundles = 0, exchanges = 0;
  std::uint64_t dropped = 0;      // entries whose body was dropped: their commitments still count
  std::uint64_t beyond_head = 0;  // entries that the head file's checkpoint does not cover yet
  std::string origin;
  Digest root;
  std::optional<crypto::Checkpoint> head;
  std::vector<Finding> findings;  // empty: the log is whole
};

Result<VerifyReport> verify_log(const std::string& dir, const VerifyOptions& options);

}  // namespace steelyard::provenance
