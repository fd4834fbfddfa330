// ResourceUse: what an expression can learn of the request's resource: nothing, some attributes, or anything.
//
// Found once, when a policy is compiled. Where only attributes are read, the expression means the same for two
// resources with the same values there: whoever asks about many fields of one dataset need not evaluate it for each.
// Owns: names. Threads: immutable. Errors: none; what is not surely harmless counts as `whole`.
#pragma once

#include <string>
#include <vector>

#include "policy/entities.h"
#include "policy/expr.h"

namespace steelyard::policy {

struct ResourceUse {
  bool whole = false;                   // it may look at more than these
  std::vector<std::string> attributes;  // read, or asked for; without one the resource plays no part

  // Whether two resources look the same to the expression. Requires !whole.
  bool same(const Entities::Known* a, const Entities::Known* b) const;
};

ResourceUse resource_use(const Expr& expr);

// By node: whether the resource stands at it or below.
std::vector<bool> nodes_naming_resource(const Expr& expr);

}  // namespace steelyard::policy
