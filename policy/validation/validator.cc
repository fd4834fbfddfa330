#include "policy/validation/validator.h"

#include <algorithm>

#include "policy/validation/names.h"
#include "policy/validation/scope.h"
#include "policy/validation/texts.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

// One policy, in every environment.
class PolicyValidator {
 public:
  PolicyValidator(const Policy& policy, Mode mode, Level level, Steps& steps, Findings& errors)
      : policy_(policy), mode_(mode), level_(level), steps_(steps), errors_(errors) {
    for (const Condition& condition : policy.conditions) numbers_.push_back(subexpressions_.number(condition.body));
  }

  // Whether it may be true in some environment.
  bool run(const Schema& schema) {
    bool possible = false;
    each_environment(schema, [&](const Environment& environment) {
      for (const Slots& slots : possible_slots(policy_.scope, environment)) {
        const Typed typed = check(environment, slots);
        possible = possible || !typed.is(Kind::kFalse);
        ok_ = ok_ && typed.ok;
        if (steps_.all_spent()) return false;
      }
      return true;
    });
    return possible;
  }

  bool ok() const { return ok_; }
  // Told only of policies that are valid otherwise: of others the types are not certain.
  Findings& beyond_level() { return beyond_level_; }

 private:
  Typed check(const Environment& environment, const Slots& slots) {
    const Expr scope = scope_expression(policy_.scope, slots);
    const auto scope_numbers = subexpressions_.number(scope);
    std::vector<Part> parts{{scope, false, scope_numbers}};
    for (std::size_t at = 0; at < numbers_.size(); ++at) {
      const Condition& condition = policy_.conditions[at];
      parts.push_back({condition.body, condition.kind == Condition::Kind::kUnless, numbers_[at]});
    }
    std::vector<Visited> visited(level_ ? parts.size() : 0);
    for (std::size_t at = 0; at < visited.size(); ++at) parts[at].visited = &visited[at];
    Typed typed = Typechecker(environment, mode_, subexpressions_, errors_, steps_).conjunction(parts);
    for (std::size_t at = 0; at < visited.size(); ++at)
      if (!visited[at].nodes.empty())  // no part before it is false
        check_levels(parts[at].expr, visited[at], environment.action, *level_, beyond_level_);
    return typed;
  }

  const Policy& policy_;
  const Mode mode_;
  const Level level_;
  Steps& steps_;
  Findings& errors_;
  Findings beyond_level_;
  Subexpressions subexpressions_;
  std::vector<std::vector<Subexpressions::Number>> numbers_;  // of the conditions
  bool ok_ = true;
};

PolicyReport report_on(const Policy& policy, const Schema& schema, Mode mode, Level level, Steps& steps) {
  Findings errors, warnings;
  check_names(policy, schema, steps, errors);
  check_texts(policy, warnings);
  PolicyValidator validator(policy, mode, level, steps, errors);
  if (!validator.run(schema))
    warnings.add({Rule::kImpossible, policy.span, "the policy is false for all valid requests", ""});
  // Looked at in part, it is as good as not looked at.
  if (steps.all_spent())
    errors.add({Rule::kTooCostly, policy.span,
                "the policies take more than " + std::to_string(steps.granted()) + " steps to validate",
                "write fewer or shorter ones, or for fewer actions"});
  PolicyReport report{policy.id, errors.take(), warnings.take()};
  if (report.errors.empty()) report.errors = validator.beyond_level().take();
  // What is wrong without a word must not pass.
  if (!validator.ok() && report.errors.empty())
    report.errors.push_back({Rule::kUnexpectedType, policy.span, "the policy has no type", ""});
  return report;
}

// The conditions of a template were looked at, with entities of all types that matter.
PolicyReport report_on(const TemplateLink& made, const PolicyDocument& document, const Schema& schema, Steps& steps) {
  Policy scope_only = *document.find(made.template_id);
  scope_only.conditions.clear();
  const auto linked = link(scope_only, made.id, made.values);
  Findings errors;
  if (linked) {
    check_names(*linked, schema, steps, errors);
  } else {
    errors.add({Rule::kUnexpectedType, scope_only.span, linked.error().what, ""});
  }
  return {made.id, errors.take(), {}};
}

void keep(Report& report, PolicyReport found) {
  if (!found.errors.empty() || !found.warnings.empty()) report.policies.push_back(std::move(found));
}

}  // namespace

bool Report::has_errors() const {
  return std::any_of(policies.begin(), policies.end(), [](const auto& each) { return !each.errors.empty(); });
}

bool Report::has_warnings() const {
  return std::any_of(policies.begin(), policies.end(), [](const auto& each) { return !each.warnings.empty(); });
}

Status Report::status() const {
  for (const PolicyReport& each : policies)
    if (!each.errors.empty()) return fail(ErrorKind::kFix, to_text(each.errors.front()));
  return {};
}

Report validate(std::span<const Policy> policies, const Schema& schema, Mode mode, Steps steps, Level level) {
  Report report;
  for (const Policy& policy : policies) keep(report, report_on(policy, schema, mode, level, steps));
  return report;
}

Report validate(const PolicyDocument& document, const Schema& schema, Mode mode, Steps steps, Level level) {
  Report report;
  for (const Policy& policy : document.policies()) keep(report, report_on(policy, schema, mode, level, steps));
  for (const TemplateLink& made : document.links()) keep(report, report_on(made, document, schema, steps));
  return report;
}

}  // namespace steelyard::policy::validation
