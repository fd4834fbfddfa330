// Finding: what the validator has to say about a policy: the rule that it breaks, where, and what to do.
//
// Owns: its texts. Threads: a plain value. Errors: none.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "policy/span.h"

namespace steelyard::policy::validation {

enum class Rule : std::uint8_t {
  kUnknownEntityType,
  kUnknownAction,
  kUnknownId,  // of an enumerated entity type
  kNoAction,   // no action applies to what the scope allows
  kUnexpectedType,
  kIncompatibleTypes,
  kAttributeNotFound,
  kOptionalAttribute,  // read without asking whether it is there
  kTagNotChecked,
  kNoTags,
  kArguments,
  kBadLiteral,  // of an extension function: `ip("x")`
  kNotLiteral,
  kEmptySet,
  kTooCostly,
  kLevelExceeded,
  kEntityLiteral,  // looked at, where a level is asked for
  kImpossible,
  kBidirectionalText,
  kMixedScripts,
  kConfusable,
};

std::string_view name_of(Rule rule);  // "optional-attribute"

struct Finding {
  Rule rule = Rule::kUnexpectedType;
  Span span;
  std::string what;  // one sentence, as Errors have it
  std::string help;  // what to do; may be empty

  auto key() const { return std::tie(span.offset, span.length, rule, what); }
  bool operator<(const Finding& other) const { return key() < other.key(); }
};

// "3:14: optional-attribute: …; …"
std::string to_text(const Finding& finding);

// The findings about one policy, in the order of the text, each once however many kinds of requests show it.
class Findings {
 public:
  void add(Finding finding);
  bool full() const;  // more are not kept: nobody need look for what to say
  std::vector<Finding> take();

 private:
  std::set<Finding> found_;
};

}  // namespace steelyard::policy::validation
