// Shapes: what policies have in common whose conditions differ in their literals alone, held once for all of them.
//
// Thousands of policies that one generator prints are of a handful of shapes; one that is asked for again after a while
// then finds in the processor's cache all but its own literals.
// Owns: shapes, each until its last policy leaves. Threads: one owner; what join() returns may be read on any thread.
// Errors: none.
#pragma once

#include <cstddef>
#include <unordered_map>
#include <vector>

#include "policy/checks.h"
#include "policy/expr.h"
#include "policy/ref.h"
#include "policy/resource_use.h"

namespace steelyard::policy {

class Shapes {
 public:
  struct Common : Counted {
    Checks checks;
    ResourceUse of_resource;  // by the whole program
  };

  // One more policy with this program, which from now on shares its shape with all that are equal. A shape goes when as
  // many have left; who still has what they had in common keeps it.
  Ref<Common> join(Expr& program);
  void leave(const Expr& program);
  void clear() { *this = Shapes(); }

  std::size_t size() const { return by_shape_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Expr& program) const { return program.shape().hash(); }
  };
  struct Equal {
    bool operator()(const Expr& a, const Expr& b) const { return &a.shape() == &b.shape() || a.shape() == b.shape(); }
  };
  struct Entry {
    Ref<Common> common;
    std::size_t policies = 0;
  };
  std::unordered_map<Expr, Entry, Hash, Equal> by_shape_;  // by the first that had it
  Ways ways_;
  Recent<Value> literals_;
  Recent<Ref<Places>, SamePlaces> places_;
};

}  // namespace steelyard::policy
