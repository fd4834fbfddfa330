// The head file: the log's last signed checkpoint, outside the store, on another file system where there is one.
//
// INVARIANT(head-monotonic): a store that does not extend its head file does not start, and nothing is signed that does
// not extend what was signed before. Order of a checkpoint: log synced -> signed -> head file written, synced,
// renamed, directory synced -> published.
// Threads: the signer's. Errors: head_contradicts (kStop), naming sizes. Format: docs/formats/checkpoint.md.
#pragma once

#include <optional>
#include <string>

#include "core/crypto/checkpoint.h"
#include "core/provenance/log_store.h"

namespace steelyard::provenance {

class HeadFile {
 public:
  HeadFile(std::string path, std::string origin) : path_(std::move(path)), origin_(std::move(origin)) {}

  Status write(const std::string& note) const;
  // The note and what it says. A missing or malformed file, or another log's signature, is head_contradicts.
  struct Held {
    std::string note;
    crypto::Checkpoint checkpoint;
  };
  Result<Held> read(const crypto::VerifyingKey& log_key) const;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::string origin_;
};

// The store's tree at the checkpoint's size has its root. Used at start with the head file, and with whatever
// checkpoint a witness presents.
Status check_extends(const LogStore& store, const crypto::Checkpoint& held);

}  // namespace steelyard::provenance
