// Local stop: the owner's own hand on its adapter: a file in the adapter's state folder, heeded at once, broker or no
// broker (docs/configuration.md, The state folder).
//
// The stop fails closed: it stands before anybody is asked whether the agreement exists. Who finds out that it does not
// takes it back.
// Threads: one. Errors: usage where the folder is no adapter's, kFix where the file cannot be made or removed.
#pragma once

#include <string>

#include "core/base/result.h"

namespace steelyard::cli {

class LocalStop {
 public:
  // The adapter whose folder this is: its adapter.toml, else its identity.toml, names member and state folder.
  static Result<LocalStop> of(const std::string& adapter_dir, const std::string& agreement);

  const std::string& member() const { return member_; }
  std::string path() const;
  Status put();     // nothing to do where it stands already
  Status remove();  // likewise
  bool put_by_us() const { return put_by_us_; }

 private:
  std::string member_;
  std::string state_;
  std::string agreement_;
  bool put_by_us_ = false;
};

}  // namespace steelyard::cli
