// PolicySet: the policies in force, each compiled when it is put in, found by scope when a request comes.
//
// Compiling folds the conditions (fold.h) and shares what policies have in common (shapes.h); what was written of them
// is not kept, whoever wants to show it has the text.
// Changing one policy costs nothing that depends on the others. Deciding (authorizer.h) reads only.
// Owns: its policies. Threads: one owner; const members may run on any thread while nobody changes the set.
// Errors: only parsing fails; put() of a parsed policy cannot.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "policy/policy.h"
#include "policy/scope_index.h"
#include "policy/shapes.h"

namespace steelyard::policy {

struct CompiledPolicy {
  // What every decision looks at stands together.
  Expr program;  // the condition, folded
  const Shapes::Common& common;
  std::uint64_t sequence;  // grows with every put()
  Policy policy;           // without its conditions
};

class PolicySet {
 public:
  PolicySet() = default;
  PolicySet(const PolicySet&) = delete;
  PolicySet& operator=(const PolicySet&) = delete;
  PolicySet(PolicySet&&) = default;
  PolicySet& operator=(PolicySet&&) = default;

  void put(Policy policy);  // adds it, or replaces the one with its id; templates are not decided with
  Status put(std::string id, std::string_view text);        // the text of exactly one policy
  bool remove(std::string_view id);                         // false: there was none
  std::size_t remove_prefixed(std::string_view id_prefix);  // how many there were
  void clear();

  const Policy* find(std::string_view id) const;  // without its conditions; nothing if there is none
  std::size_t size() const { return policies_.size(); }
  std::size_t shapes() const { return shapes_.size(); }  // of the conditions, each counted once

  const ScopeIndex& index() const { return index_; }

 private:
  using Compiled = std::unique_ptr<const CompiledPolicy>;
  void take_out(const CompiledPolicy& policy);  // of all that stands beside policies_

  Shapes shapes_;
  std::map<std::string, Compiled, std::less<>> policies_;
  ScopeIndex index_;
  std::uint64_t sequence_ = 0;
};

}  // namespace steelyard::policy
