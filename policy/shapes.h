// Shapes: what policies have in common whose conditions differ in their literals alone, held once for all of them.
//
// Thousands of policies that one generator prints are of a handful of shapes; one that is asked for again after a while
// then finds in the processor's cache all but its own literals.
// Owns: shapes, each until its last policy leaves. Threads: one owner; what join() returns may be read on any thread
// while nobody changes the table. Errors: none.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "policy/expr.h"
#include "policy/policy.h"
#include "policy/resource_use.h"

namespace steelyard::policy {

class Shapes {
 public:
  struct Common {
    std::vector<Conjunct> conjuncts;
    ResourceUse of_resource;  // by the whole program
    std::size_t policies = 0;
  };

  // One more policy with this program, which from now on shares its shape with all that are equal. What is returned
  // stays where it is until as many have left.
  const Common& join(Expr& program);
  void leave(const Expr& program);
  void clear() { by_shape_.clear(); }

  std::size_t size() const { return by_shape_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Expr& program) const { return program.shape().hash(); }
  };
  struct Equal {
    bool operator()(const Expr& a, const Expr& b) const { return &a.shape() == &b.shape() || a.shape() == b.shape(); }
  };
  std::unordered_map<Expr, Common, Hash, Equal> by_shape_;  // by the first that had it
};

}  // namespace steelyard::policy
