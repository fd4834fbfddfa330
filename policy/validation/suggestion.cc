#include "policy/validation/suggestion.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace steelyard::policy::validation {
namespace {

constexpr std::size_t kNameMax = 64;  // longer ones are not mistyped but wrong
constexpr std::size_t kCandidatesMax = 1'000;

// Levenshtein's: how many octets to add, remove or change.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, diagonal + 1, changed});
    }
  }
  return row.back();
}

}  // namespace

void Suggestion::consider(std::string_view known) {
  if (wrong_.size() > kNameMax || known.size() > kNameMax || ++considered_ > kCandidatesMax) return;
  const std::size_t far = distance(wrong_, known);
  if (far > std::max<std::size_t>(1, wrong_.size() / 2)) return;
  if (!best_.empty() && far >= distance_) return;
  best_ = known;
  distance_ = far;
}

std::string Suggestion::text() const { return best_.empty() ? "" : "did you mean `" + best_ + "`?"; }

}  // namespace steelyard::policy::validation
