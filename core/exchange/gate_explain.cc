#include <algorithm>

#include "core/base/limits.h"
#include "core/exchange/gate_weighing.h"
#include "schemas/errors.h"

namespace steelyard::exchange {

Explained Gate::explain(const Question& asked, Instant now) {
  Question question = asked;
  question.fields.clear();
  question.conditions.clear();
  Weighing w{question, now, relation_of(question), Verdict::refuse(schemas::code::not_permitted)};
  Explained explained;
  explained.refused = registry_->empty() ? schemas::code::policy_missing : check_question(w);
  if (explained.refused == 0) explained.refused = select_agreement(w);
  if (w.agreed != nullptr) explained.agreement = w.agreed->id;
  if (explained.refused != 0) return explained;

  const StandingTerms& standing = w.agreed == nullptr ? w.relation.bare : w.agreed->terms;
  if (!standing.sound()) {
    explained.refused = schemas::code::policy_error;
    return explained;
  }
  explained.rows_max = standing.rows_max;
  explained.row_filter = standing.row_filter;
  const policy::EntityUid& action = action_uid(question.action);
  const policy::Request request{*w.relation.application_uid, action, action, w.context()};
  policy::Decider decider(request, entities_, policies_);
  decider.limit(limits::kWeighingStepsMax);
  const auto& fields = w.relation.catalogue->statement.fields;
  for (std::size_t place = 0; place < fields.size(); ++place) {
    const policy::Decision decision =
        decider.decide(w.relation.offered->fields[place].as_entity(), w.relation.offered->known[place]);
    ExplainedField& field = explained.fields.emplace_back();
    field.field = fields[place].name;
    field.policies = decision.reasons;
    field.shown = shown(w, standing.mask_at(place), decision, field);
  }
  return explained;
}

// The first that holds is what to say.
Shown Gate::shown(const Weighing& w, const StandingTerms::Masked* masked, const policy::Decision& decision,
                  ExplainedField& field) {
  if (!decision.errors.empty()) return Shown::kFailed;
  if (!decision.allow) {
    if (!decision.reasons.empty()) return Shown::kForbidden;
    const auto* terms = w.agreed == nullptr ? nullptr : w.agreed->record->terms();
    const bool named =
        terms == nullptr || std::find(terms->fields.begin(), terms->fields.end(), field.field) != terms->fields.end();
    return named ? Shown::kNotPermitted : Shown::kNotInAgreement;
  }
  if (masked == nullptr) return Shown::kAsItIs;
  if (masked->mask.empty()) return Shown::kNoMaskHolds;
  if (w.question.action == schemas::Action::kVerify) return Shown::kNotByMask;
  field.mask = masked->mask;
  return Shown::kMasked;
}

}  // namespace steelyard::exchange
