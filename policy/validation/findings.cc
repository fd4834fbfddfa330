#include "policy/validation/findings.h"

#include "policy/limits.h"

namespace steelyard::policy::validation {

std::string_view name_of(Rule rule) {
  switch (rule) {
    case Rule::kUnknownEntityType: return "unknown-entity-type";
    case Rule::kUnknownAction: return "unknown-action";
    case Rule::kUnknownId: return "unknown-id";
    case Rule::kNoAction: return "no-action";
    case Rule::kUnexpectedType: return "unexpected-type";
    case Rule::kIncompatibleTypes: return "incompatible-types";
    case Rule::kAttributeNotFound: return "attribute-not-found";
    case Rule::kOptionalAttribute: return "optional-attribute";
    case Rule::kTagNotChecked: return "tag-not-checked";
    case Rule::kNoTags: return "no-tags";
    case Rule::kArguments: return "arguments";
    case Rule::kBadLiteral: return "bad-literal";
    case Rule::kNotLiteral: return "not-literal";
    case Rule::kEmptySet: return "empty-set";
    case Rule::kTooCostly: return "too-costly";
    case Rule::kLevelExceeded: return "level-exceeded";
    case Rule::kEntityLiteral: return "entity-literal";
    case Rule::kImpossible: return "impossible";
    case Rule::kBidirectionalText: return "bidirectional-text";
    case Rule::kMixedScripts: return "mixed-scripts";
    case Rule::kConfusable: return "confusable";
  }
  return "";
}

std::string to_text(const Finding& finding) {
  std::string text = to_text(finding.span) + ": " + std::string(name_of(finding.rule)) + ": " + finding.what;
  if (!finding.help.empty()) text += "; " + finding.help;
  return one_line(text);
}

void Findings::add(Finding finding) {
  if (!full()) found_.insert(std::move(finding));
}

bool Findings::full() const { return found_.size() >= limits::kFindingsMax; }

std::vector<Finding> Findings::take() {
  std::vector<Finding> all(found_.begin(), found_.end());
  found_.clear();
  return all;
}

}  // namespace steelyard::policy::validation
