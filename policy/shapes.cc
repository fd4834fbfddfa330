#include "policy/shapes.h"

#include "core/base/check.h"

namespace steelyard::policy {

Ref<Shapes::Common> Shapes::join(Expr& program) {
  program.share_parts(literals_, places_);
  const auto [at, first] = by_shape_.try_emplace(program);
  if (first) {
    auto* common = new Common;
    at->second.common = Ref<Common>(common);
    common->checks = checks_of(program, ways_);
    common->of_resource = resource_use(program);
  } else {
    program.share_shape(at->first);
  }
  ++at->second.policies;
  return at->second.common;
}

void Shapes::leave(const Expr& program) {
  const auto found = by_shape_.find(program);
  CHECK(found != by_shape_.end());
  if (--found->second.policies == 0) by_shape_.erase(found);
}

}  // namespace steelyard::policy
