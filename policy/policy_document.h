// PolicyDocument: policies, templates and links as one text or JSON document holds them: what is printed, translated
// and validated, and of which compile() makes a set that decides.
//
// Owns: its parts. Threads: a plain value. Errors: kFix: an id that stands twice (policies, templates and links have
// one name space), a link without its template or with other values than its slots want.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "policy/policy.h"
#include "policy/policy_set.h"
#include "policy/template.h"

namespace steelyard::policy {

class PolicyDocument {
 public:
  Status add(Policy policy);  // a static one or a template
  Status add(TemplateLink link);

  const std::vector<Policy>& policies() const { return policies_; }  // static ones and templates, as they were added
  const std::vector<TemplateLink>& links() const { return links_; }
  const Policy* find(std::string_view id) const;  // of policies(); nothing if there is none

 private:
  Status want_new(const std::string& id) const;

  std::vector<Policy> policies_;
  std::vector<TemplateLink> links_;
  std::unordered_map<std::string, std::size_t> places_;  // in policies_, or kLink
};

// Of Cedar text. Ids are `policy` and the position in the text, from 0, or what the annotation `@id("...")` says.
enum class Ids : std::uint8_t { kByPosition, kByAnnotation };
Result<PolicyDocument> read_policies(std::string_view text, Ids ids, std::size_t bytes_max);

// Of static policies, and of those that links make, each under the link's id; in this order.
Result<PolicySet> compile(const PolicyDocument& document);

}  // namespace steelyard::policy
