#include "core/exchange/gate_weighing.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "core/exchange/actions.h"
#include "schemas/errors.h"

namespace steelyard::exchange {

namespace code = schemas::code;
using policy::Value;
using schemas::Action;
using schemas::SharingClass;
using schemas::VocabularyKind;

namespace {

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

// Registered, and valid now.
template <class Registration>
bool in_force(const Registration* registered, Instant now) {
  return registered != nullptr && valid_during(registered->statement, now);
}

const Value& behalf_of(bool operator_present, bool case_present) {
  const auto record = [](bool with_operator, bool with_case) {
    return Value::record({{"case", Value::boolean(with_case)}, {"operator", Value::boolean(with_operator)}});
  };
  static const Value kRecords[2][2] = {{record(false, false), record(false, true)},
                                       {record(true, false), record(true, true)}};
  return kRecords[operator_present ? 1 : 0][case_present ? 1 : 0];
}

}  // namespace

// In the order of the names, which saves sorting them.
Value Gate::Weighing::context() const {
  std::vector<policy::Attribute> attributes;
  attributes.reserve(4);
  if (agreed != nullptr) attributes.push_back({"agreement", Value::entity(agreed->uid)});
  attributes.push_back({"behalf", behalf_of(question.operator_present, question.case_present)});
  attributes.push_back({"now", policy::to_datetime(now)});
  attributes.push_back({"purpose", Value::string(question.purpose.text)});
  return Value::record(std::move(attributes));
}

Verdict Verdict::permit(FieldSet returned, FieldSet tested, std::vector<FieldName> fields,
                        std::vector<FieldName> withheld, Terms terms) {
  Verdict made;
  made.returned_ = returned;
  made.tested_ = tested;
  made.fields_ = std::move(fields);
  made.withheld_ = std::move(withheld);
  made.terms_ = std::move(terms);
  return made;
}

Verdict Verdict::refuse(ErrorCode reason, std::vector<FieldName> concerned) {
  CHECK(reason != 0);
  Verdict made;
  made.reason_ = reason;
  made.withheld_ = std::move(concerned);
  return made;
}

Verdict Verdict::refuse_instead(const Verdict& permitted, ErrorCode reason) {
  Verdict made = refuse(reason);
  made.copy_numbers(permitted);
  made.steps = permitted.steps;
  return made;
}

void Verdict::copy_numbers(const Verdict& from) {
  member = from.member;
  peer = from.peer;
  application = from.application;
  dataset = from.dataset;
  purpose = from.purpose;
  agreement = from.agreement;
  epoch = from.epoch;
}

// Which catalogue version and which agreement are grounds; a member's or an application's new version is not.
bool Verdict::same_as(const Verdict& other) const {
  return reason_ == other.reason_ && returned_ == other.returned_ && tested_ == other.tested_ &&
         terms_digest == other.terms_digest && dataset == other.dataset && agreement == other.agreement;
}

bool Verdict::same_as(const EntryBody& entry) const {
  return reason_ == entry.verdict && returned_ == entry.returned && tested_ == entry.tested &&
         terms_digest == entry.terms && dataset == entry.dataset && agreement == entry.agreement;
}

// Everything named is registered and valid.
ErrorCode Gate::check_question(Weighing& w) const {
  const Question& question = w.question;
  const Relation& relation = w.relation;
  if (relation.user != nullptr) w.verdict.member = relation.user->number;
  if (!in_force(relation.user, w.now)) return code::member_not_valid;
  if (relation.application == nullptr || relation.application->statement.member != question.user)
    return code::unknown_application;
  w.verdict.application = relation.application->number;
  if (relation.catalogue == nullptr) return code::unknown_dataset;
  w.verdict.dataset = relation.catalogue_number;
  if (relation.owner != nullptr) w.verdict.peer = relation.owner->number;
  if (!in_force(relation.owner, w.now)) return code::member_not_valid;
  if (!relation.stands(w.now)) return code::ground_fallen;
  w.purpose = registry_->term(VocabularyKind::kPurpose, question.purpose.text);
  if (!in_force(w.purpose, w.now)) return code::unknown_purpose;
  w.verdict.purpose = w.purpose->number;
  if (!is_built(question.action)) return code::action_not_built;
  if (question.action == Action::kSubscribe && !question.conditions.empty()) {  // a view is for all its readers
    w.concerned = question.conditions;
    return code::condition_not_granted;
  }
  const auto find_places = [&](const std::vector<FieldName>& names, std::vector<std::size_t>& places) {
    places.reserve(names.size());
    for (const FieldName& name : names) {
      const auto& all = relation.offered->places;
      const auto place = std::lower_bound(all.begin(), all.end(), name,
                                          [](const auto& one, const FieldName& sought) { return one.first < sought; });
      if (place != all.end() && place->first == name)
        places.push_back(place->second);
      else if (!contains(w.concerned, name))
        w.concerned.push_back(name);
    }
  };
  find_places(question.fields, w.returned);
  find_places(question.conditions, w.tested);
  if (!w.concerned.empty()) return code::unknown_field;
  if (!in_force(relation.baseline, w.now)) return code::policy_missing;
  // An owner that has set rules and let them run out has not said yes.
  if (relation.owners_set != nullptr && !in_force(relation.owners_set, w.now)) return code::policy_missing;
  return 0;
}

ErrorCode Gate::match_agreement(Weighing& w) const {
  ErrorCode telling = code::no_agreement;
  for (const Relation::Agreed& agreed : w.relation.agreements) {
    const ErrorCode why = agreed.unfit(w.question, w.now);
    if (why == 0) {
      if (w.agreed != nullptr) return code::agreement_ambiguous;
      w.agreed = &agreed;
    } else if (why == code::agreement_suspended || why == code::agreement_not_active || why == code::ground_fallen) {
      if (agreed.would_fit(w.question) && telling != code::agreement_suspended) telling = why;
    } else if (telling == code::no_agreement) {
      telling = why;
    }
  }
  if (w.agreed != nullptr) return 0;
  // These need none, or none could help; the policies decide.
  const bool own = w.question.user == w.relation.offered->owner;
  return own || w.relation.catalogue->statement.sharing_class != SharingClass::kConditional ? 0 : telling;
}

ErrorCode Gate::select_agreement(Weighing& w) const {
  ErrorCode why = 0;
  if (w.question.agreement.empty()) {
    why = match_agreement(w);
  } else {
    const auto& all = w.relation.agreements;
    const auto named = std::find_if(all.begin(), all.end(),
                                    [&w](const Relation::Agreed& agreed) { return agreed.id == w.question.agreement; });
    if (named == all.end()) return code::unknown_agreement;
    w.agreed = &*named;
    why = named->unfit(w.question, w.now);
  }
  if (why != code::agreement_ambiguous && w.agreed != nullptr) w.verdict.agreement = w.agreed->number;
  return why;
}

Verdict Gate::decide(Weighing& w) {
  const Relation& relation = w.relation;
  const policy::EntityUid& action = action_uid(w.question.action);
  const policy::Request request{*relation.application_uid, action, action,  // each field is the resource in its turn
                                w.context()};
  auto decider = relation.group ? policy::Decider(request, entities_, policies_, *relation.group)
                                : policy::Decider(request, entities_, policies_);
  decider.limit(limits::kWeighingStepsMax);
  Verdict verdict = decide_fields(w, decider);
  verdict.decided_by = decided_by(w);
  verdict.steps = decider.spent();
  return verdict;
}

DecidedBy Gate::decided_by(const Weighing& w) const {
  DecidedBy by;
  by.erred = w.erred;
  by.more = w.more;
  by.policies.reserve(w.deciding_size);
  for (std::size_t i = 0; i < w.deciding_size; ++i) by.policies.push_back(named(w.deciding[i]->id));
  std::sort(by.policies.begin(), by.policies.end());
  return by;
}

// One decision for each field, tested ones first: a tested field that is not permitted refuses the whole. What is
// claimed of a field tests it, too.
Verdict Gate::decide_fields(Weighing& w, policy::Decider& decider) {
  const Relation& relation = w.relation;
  const StandingTerms& standing = w.agreed == nullptr ? relation.bare : w.agreed->terms;
  if (!standing.sound()) return w.refuse(code::policy_error);
  const bool verifies = w.question.action == Action::kVerify;
  bool failed = false;
  const auto permitted = [&](std::size_t place) {
    if (failed) return false;
    const policy::EntityUid& field = relation.offered->fields[place].as_entity();
    const auto decision = decider.decide_briefly(field, relation.offered->known[place]);
    w.note(decider, decision.erred);
    // INVARIANT(deny-on-error): Cedar skips a policy that errs, and that policy may be the forbid.
    if (!INVARIANT_HOLDS(deny_on_error, !decision.erred)) failed = true;
    return decision.allow && !failed;
  };
  FieldSet tested, returned;
  std::vector<FieldName> fields, withheld;
  fields.reserve(w.question.fields.size());
  for (std::size_t i = 0; i < w.tested.size(); ++i) {
    const FieldName& name = w.question.conditions[i];
    const std::size_t place = w.tested[i];
    if (tested.has(place)) continue;
    if (standing.mask_at(place) == nullptr && permitted(place))  // conditions would tell what a mask hides
      tested.add(place);
    else
      w.concerned.push_back(name);
  }
  if (failed) return w.refuse(code::policy_error);
  if (!w.concerned.empty()) return w.refuse(code::condition_not_granted);
  for (std::size_t i = 0; i < w.returned.size(); ++i) {
    const FieldName& name = w.question.fields[i];
    const std::size_t place = w.returned[i];
    if (returned.has(place)) continue;
    const StandingTerms::Masked* masked = standing.mask_at(place);
    if ((masked == nullptr || (!verifies && !masked->mask.empty())) && permitted(place)) {
      returned.add(place);
      fields.push_back(name);
    } else if (!contains(withheld, name)) {
      withheld.push_back(name);
    }
  }
  if (failed || fields.empty() || ((w.question.strict || verifies) && !withheld.empty())) {
    w.concerned = std::move(withheld);
    if (failed) return w.refuse(code::policy_error);
    if (verifies) return w.refuse(code::condition_not_granted);
    return w.refuse(fields.empty() ? code::not_permitted : code::field_withheld);
  }
  Terms terms;
  terms.rows_max = verifies ? 1 : standing.rows_max;  // the record that is asked about; none is returned
  terms.row_filter = standing.row_filter;
  // In the catalogue's order, whatever was asked first: the entry, by which this is weighed again, knows no other.
  for (const StandingTerms::Masked& masked : standing.masks)
    if (returned.has(masked.place))
      terms.masks.push_back({relation.catalogue->statement.fields[masked.place].name, masked.mask});
  const Digest& digest = terms_digest_.of(registry_->suite(), terms);
  Verdict verdict = Verdict::permit(returned, tested, std::move(fields), std::move(withheld), std::move(terms));
  verdict.copy_numbers(w.verdict);
  verdict.terms_digest = digest;
  verdict.holds_until = steady_until(w.relation, w.now);
  if (w.purpose->statement.valid_until)  // valid now, so it ends next
    verdict.holds_until = std::min(verdict.holds_until, *w.purpose->statement.valid_until);
  return verdict;
}

void Gate::limit_rows(Verdict& verdict, std::uint32_t rows_max) {
  if (!verdict.permitted() || rows_max >= verdict.terms_.rows_max) return;
  verdict.terms_.rows_max = rows_max;
  verdict.terms_digest = terms_digest_.of(registry_->suite(), verdict.terms_);
}

Verdict Gate::weigh(const Question& question, Instant now) {
  Weighing weighing{question, now, relation_of(question), Verdict::refuse(code::not_permitted)};
  weighing.verdict.epoch = registry_->epoch();
  if (registry_->empty()) return weighing.refuse(code::policy_missing);
  if (const ErrorCode why = check_question(weighing); why != 0) return weighing.refuse(why);
  if (const ErrorCode why = select_agreement(weighing); why != 0) return weighing.refuse(why);
  return decide(weighing);
}

}  // namespace steelyard::exchange
