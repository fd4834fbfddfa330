// Suspensions: agreements that the owner's office has stopped in this adapter, broker or no broker.
//
// The CLI leaves an empty file `state/suspended/<agreement id>`; it takes effect at the next look, and so does taking
// it away. A look costs one stat() while the folder does not change. Owns: nothing on disk. Threads: one. Errors: kStop
// where the folder is there and cannot be read, or holds what is no agreement's id: not knowing what is stopped, the
// adapter must not serve.
#pragma once

#include <set>
#include <string>

#include "core/base/ids.h"
#include "core/base/time.h"

namespace steelyard::adapters {

class Suspensions {
 public:
  explicit Suspensions(const std::string& state_dir) : dir_(state_dir + "/suspended") {}

  Status look();
  const std::set<AgreementId>& agreements() const { return agreements_; }

 private:
  Status read();

  std::string dir_;
  std::set<AgreementId> agreements_;
  std::int64_t changed_ns_ = -1;  // the folder's, when it was last read; -1: never, or too fresh to be trusted
};

}  // namespace steelyard::adapters
