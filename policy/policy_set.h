// PolicySet: the policies in force, each compiled when it is put in, found by scope when a request comes.
//
// Compiling folds the conditions (fold.h) and shares what policies have in common (shapes.h); what was written of them
// is not kept, whoever wants to show it has the text.
// Changing one policy costs nothing that depends on the others. Deciding (authorizer.h) looks at the PoliciesInForce
// part, whose copies are snapshots: they cost little, stay as they are, and may be asked on other threads while this
// one goes on changing. Templates stand beside the policies and decide nothing; each link() makes a policy of one.
// Owns: its policies, together with its snapshots. Threads: one owner; const members may run on any thread while nobody
// changes the object they are called on. Errors: kFix, of parsing and linking; put() of a parsed policy cannot fail.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "policy/compiled_policy.h"
#include "policy/policy.h"
#include "policy/scope_index.h"
#include "policy/shapes.h"
#include "policy/template.h"

namespace steelyard::policy {

class PoliciesInForce {
 public:
  const ScopeIndex& index() const { return index_; }

 protected:
  ScopeIndex index_;
};

class PolicySet : public PoliciesInForce {
 public:
  PolicySet() = default;
  PolicySet(const PolicySet&) = delete;  // what needs a copy copies PoliciesInForce
  PolicySet& operator=(const PolicySet&) = delete;
  PolicySet(PolicySet&&) = default;
  PolicySet& operator=(PolicySet&&) = default;

  void put(Policy policy);                                  // adds it, or replaces the one with its id; not a template
  Status put(std::string id, std::string_view text);        // the text of exactly one policy
  Status put_template(Policy from);                         // its id must be new
  Status link(const TemplateLink& link);                    // its id must be new; it is what decisions name
  bool remove(std::string_view id);                         // a policy or what a link made; false: there was none
  std::size_t remove_prefixed(std::string_view id_prefix);  // how many there were
  void clear();

  bool contains(std::string_view id) const { return policies_.contains(id); }
  std::size_t size() const { return policies_.size(); }
  std::size_t shapes() const { return shapes_.size(); }  // of the conditions, each counted once

 private:
  using Compiled = Ref<CompiledPolicy>;
  struct ById {
    using is_transparent = void;
    static std::string_view id(const Compiled& policy) { return policy->id; }
    static std::string_view id(std::string_view text) { return text; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return id(a) < id(b);
    }
  };
  struct Template {
    Policy policy;  // without its conditions
    Expr program;
  };
  void put(const Policy& head, Expr program);
  Status want_new(const std::string& id) const;
  void take_out(const Compiled& policy);  // of all that stands beside policies_

  std::map<std::string, Template, std::less<>> templates_;
  Shapes shapes_;
  std::set<Compiled, ById> policies_;
  std::uint64_t sequence_ = 0;
};

}  // namespace steelyard::policy
