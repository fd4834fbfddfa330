// What the owner's office has stopped in this adapter, broker or no broker: agreements, and sources as a whole.
//
// The CLI leaves an empty file `state/suspended/<agreement id>`. A file `state/paused/<dataset>`, without the owner in
// front, pauses a source: who asks is told `owner-busy` until it is taken away. Either takes effect at the next look,
// and so does taking it away. Owns: nothing on disk. Threads: one. Errors: kStop, as FolderOfNames.
#pragma once

#include <set>
#include <string>

#include "adapters/folder_of_names.h"
#include "core/base/ids.h"
#include "core/base/time.h"

namespace steelyard::adapters {

class Suspensions {
 public:
  explicit Suspensions(const std::string& state_dir) : folder_(state_dir + "/suspended", "agreements") {}

  Status look();
  const std::set<AgreementId>& agreements() const { return agreements_; }

 private:
  FolderOfNames folder_;
  std::set<AgreementId> agreements_;
};

class Pauses {
 public:
  explicit Pauses(const std::string& state_dir) : folder_(state_dir + "/paused", "datasets, without their owner") {}

  Status look();
  bool paused(const DatasetId& dataset) const;

 private:
  FolderOfNames folder_;
};

}  // namespace steelyard::adapters
