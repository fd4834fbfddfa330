#include "adapters/suspension.h"

namespace steelyard::adapters {

Status Suspensions::look() {
  TRY_ASSIGN(const bool anew, folder_.look());
  if (!anew) return {};
  agreements_.clear();
  for (const std::string& name : folder_.names()) agreements_.emplace(name);
  return {};
}

Status Pauses::look() {
  TRY(folder_.look());
  return {};
}

bool Pauses::paused(const DatasetId& dataset) const {
  return !folder_.names().empty() && folder_.names().contains(dataset.text.substr(dataset.text.find('/') + 1));
}

}  // namespace steelyard::adapters
