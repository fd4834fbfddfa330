// FolderOfNames: a folder whose empty files are an owner's word: each name stands for what it stops.
//
// A look costs one stat() while the folder does not change. Owns: nothing on disk. Threads: one. Errors: kStop where
// the folder is there and cannot be read, or holds what is no registered name: not knowing what is stopped, the adapter
// must not serve. No folder is no names.
#pragma once

#include <set>
#include <string>

#include "core/base/result.h"

namespace steelyard::adapters {

class FolderOfNames {
 public:
  // `what`: "agreements", for messages.
  FolderOfNames(std::string dir, std::string what) : dir_(std::move(dir)), what_(std::move(what)) {}

  // True where the names are read anew.
  Result<bool> look();
  const std::set<std::string>& names() const { return names_; }

 private:
  Status read();

  std::string dir_;
  std::string what_;
  std::set<std::string> names_;
  std::int64_t changed_ns_ = -1;  // the folder's, when it was last read; -1: never, or too fresh to be trusted
};

}  // namespace steelyard::adapters
