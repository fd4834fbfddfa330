#include "policy/policy.h"

namespace steelyard::policy {

const std::string* Policy::annotation(std::string_view name) const {
  for (const auto& one : annotations) {
    if (one.name == name) return &one.value;
  }
  return nullptr;
}

}  // namespace steelyard::policy
