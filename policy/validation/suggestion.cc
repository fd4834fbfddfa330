#include "policy/validation/suggestion.h"

#include <algorithm>

#include "core/base/edit_distance.h"

namespace steelyard::policy::validation {
namespace {

constexpr std::size_t kNameMax = 64;       // longer ones are not mistyped but wrong
constexpr std::size_t kOctetsPerStep = 8;  // of one name, against one of the other

}  // namespace

void Suggestion::consider(std::string_view known) {
  if (wrong_.size() > kNameMax || known.size() > kNameMax) return;
  if (!steps_.spend(1 + wrong_.size() * known.size() / kOctetsPerStep)) return;
  const std::size_t far = edit_distance(wrong_, known);
  if (far > std::max<std::size_t>(1, wrong_.size() / 2)) return;
  if (!best_.empty() && far >= distance_) return;
  best_ = known;
  distance_ = far;
}

std::string Suggestion::text() const { return best_.empty() ? "" : "did you mean `" + best_ + "`?"; }

}  // namespace steelyard::policy::validation
