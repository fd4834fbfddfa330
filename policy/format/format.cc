#include "policy/format/format.h"

#include "policy/format/layout.h"
#include "policy/limits.h"
#include "policy/parser.h"

namespace steelyard::policy::format {
namespace {

bool same(const ScopeConstraint& a, const ScopeConstraint& b) {
  return a.kind == b.kind && a.slot == b.slot && a.entities == b.entities && a.type == b.type;
}

bool same(const Expr& a, const Expr& b) {
  if (!(a.shape() == b.shape())) return false;
  for (NodeIndex at = 0; at < a.size(); ++at)
    if (a.node(at).op == Op::kLiteral && !(a.literal(a.node(at)) == b.literal(b.node(at)))) return false;
  return true;
}

bool same(const Policy& a, const Policy& b) {
  const auto same_annotation = [](const Annotation& one, const Annotation& other) {
    return one.name == other.name && one.value == other.value && one.bare == other.bare;
  };
  const auto same_condition = [](const Condition& one, const Condition& other) {
    return one.kind == other.kind && same(one.body, other.body);
  };
  return a.effect == b.effect && same(a.scope.principal, b.scope.principal) && same(a.scope.action, b.scope.action) &&
         same(a.scope.resource, b.scope.resource) &&
         std::equal(a.annotations.begin(), a.annotations.end(), b.annotations.begin(), b.annotations.end(),
                    same_annotation) &&
         std::equal(a.conditions.begin(), a.conditions.end(), b.conditions.begin(), b.conditions.end(), same_condition);
}

// A formatter that changes what a policy says is worse than none: what it wrote is read again.
Status want_same(const std::vector<Policy>& policies, std::string_view formatted) {
  TRY_ASSIGN(const auto again, parse_policies(formatted, "policy", Templates::kTaken, formatted.size()));
  bool is_same = again.size() == policies.size();
  for (std::size_t i = 0; is_same && i < again.size(); ++i) is_same = same(policies[i], again[i]);
  if (is_same) return {};
  return fail(ErrorKind::kStop, "formatting would change what the policies say: report this text");
}

}  // namespace

Result<std::string> format_policies(std::string_view text, const Options& options, std::size_t bytes_max) {
  if (options.line_width == 0 || options.line_width > limits::kFormatWidthMax)
    return fail(ErrorKind::kFix, "the line width is 1 to " + std::to_string(limits::kFormatWidthMax) + " characters");
  if (options.indent_width > limits::kFormatIndentMax)
    return fail(ErrorKind::kFix,
                "the indentation is at most " + std::to_string(limits::kFormatIndentMax) + " characters");
  TRY_ASSIGN(const auto policies, parse_policies(text, "policy", Templates::kTaken, bytes_max));
  TRY_ASSIGN(const auto tokens, tokenize(text, bytes_max));
  Layout layout(with_comments(text, tokens), options.indent_width);
  std::string formatted;
  while (!layout.at_end()) {
    if (!formatted.empty()) formatted += "\n";
    const Docs::Id policy = layout.policy();
    formatted += layout.docs().lay_out(policy, options.line_width) + "\n";
  }
  for (const std::string_view comment : layout.comments_at_end()) (formatted += comment) += "\n";
  TRY(want_same(policies, formatted));
  return formatted;
}

}  // namespace steelyard::policy::format
