#include "core/exchange/gate_relation.h"

#include <algorithm>
#include <limits>

#include "core/base/limits.h"
#include "core/exchange/conditions.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

namespace code = schemas::code;
using schemas::VocabularyKind;

// The instants around `at` at which something begins or ends to be valid.
class Edges {
 public:
  explicit Edges(Instant at) : at_(at) {}

  template <class Statement>
  void add_validity(const Statement& statement) {
    add(statement.valid_from);
    if (statement.valid_until) add(*statement.valid_until);
  }
  // That of a legal basis counts from the skew before (basis_holds).
  void add_basis(const schemas::Vocabulary& basis) {
    add(basis.valid_from - limits::kSkew);
    if (basis.valid_until) add(*basis.valid_until - limits::kSkew);
  }
  Instant last() const { return last_; }
  Instant next() const { return next_; }

 private:
  void add(Instant edge) {
    if (edge > at_)
      next_ = std::min(next_, edge);
    else
      last_ = std::max(last_, edge);
  }

  Instant at_;
  Instant last_{std::numeric_limits<std::int64_t>::min()};
  Instant next_{std::numeric_limits<std::int64_t>::max()};
};

}  // namespace

Gate::Relation::Agreed::Agreed(const AgreementRecord& of, const Registry& registry, policy::EntityUid entity,
                               const schemas::Catalogue& catalogue)
    : record(&of), uid(std::move(entity)), id(of.id), phase(of.phase) {
  if (!of.in_force) return;
  const schemas::Agreement& signed_terms = of.in_force->statement;
  for (const schemas::Action action : signed_terms.actions) actions.set(static_cast<std::size_t>(action));
  terms = standing_terms(catalogue, &signed_terms);
  number = of.in_force->number;
  valid_from = signed_terms.valid_from;
  valid_until = signed_terms.valid_until;
  purposes = signed_terms.purposes;
  basis = registry.term(VocabularyKind::kBasis, signed_terms.legal_basis.text);
}

ErrorCode Gate::Relation::Agreed::unfit(const Question& question, Instant now) const {
  if (phase == AgreementPhase::kSuspended) return code::agreement_suspended;
  if (phase != AgreementPhase::kActive || !valid_during(*this, now)) return code::agreement_not_active;
  if (!basis_holds(basis, now)) return code::ground_fallen;
  if (!actions.test(static_cast<std::size_t>(question.action))) return code::action_not_agreed;
  if (std::find(purposes.begin(), purposes.end(), question.purpose) == purposes.end()) return code::purpose_not_agreed;
  return 0;
}

bool Gate::Relation::Agreed::would_fit(const Question& question) const {
  return actions.test(static_cast<std::size_t>(question.action)) &&
         std::find(purposes.begin(), purposes.end(), question.purpose) != purposes.end();
}

bool Gate::Relation::stands(Instant now) const { return duty_held && (!names_basis || basis_holds(basis, now)); }

Gate::~Gate() = default;

Gate::Relation& Gate::relation_of(const Question& question) {
  if (relations_epoch_ != registry_->epoch() || relations_.size() >= limits::kRelationsMax) {
    relations_.clear();
    relations_epoch_ = registry_->epoch();
  }
  // No id has a space.
  key_ = question.user.text;
  key_.append(1, ' ').append(question.application.text).append(1, ' ').append(question.dataset.text);
  key_.append(1, ' ').append(1, static_cast<char>('0' + static_cast<int>(question.action)));
  if (const auto found = relations_.find(key_); found != relations_.end()) return *found->second;
  auto made = std::make_unique<Relation>(make_relation(question));
  // Whoever asks for what is not registered makes nothing grow.
  auto& kept = made->complete() ? relations_[key_] : unregistered_;
  kept = std::move(made);
  return *kept;
}

Gate::Relation Gate::make_relation(const Question& question) const {
  Relation made;
  made.user = registry_->member(question.user);
  made.application = registry_->application(question.application);
  made.baseline = registry_->policy_set(std::string(kBaseline));
  made.catalogue = registry_->dataset(question.dataset);
  if (made.catalogue == nullptr) return made;
  made.catalogue_number = made.catalogue->number;
  made.offered = &offered_.at(question.dataset);
  made.owner = registry_->member(made.offered->owner);
  const schemas::Catalogue& catalogue = made.catalogue->statement;
  const auto* duty = registry_->duty(catalogue.duty);
  made.duty_held = duty != nullptr && duty->statement.holder == made.offered->owner;
  made.names_basis = !catalogue.legal_basis.empty();
  made.basis = registry_->term(VocabularyKind::kBasis, catalogue.legal_basis.text);
  made.owners_set = registry_->policy_set(made.offered->owner.text);
  if (!made.complete()) return made;
  made.bare = standing_terms(catalogue, nullptr);
  made.application_uid = &application_uids_.at(question.application);
  for (const AgreementRecord* record : registry_->agreements_of(question.user, question.dataset))
    made.agreements.emplace_back(*record, *registry_, agreement_uids_.at(record->id), catalogue);
  made.group = policy::Applicable::find(*made.application_uid, action_uid(question.action), made.offered->fields,
                                        entities_, policies_);
  return made;
}

Instant Gate::steady_until(Relation& relation, Instant now) const {
  if (!time_readers_.empty()) return now;
  if (relation.steady_from <= now && now < relation.steady_until) return relation.steady_until;
  Edges edges(now);
  edges.add_validity(relation.user->statement);
  edges.add_validity(relation.owner->statement);
  if (const auto* root = registry_->member(registry_->root_manager())) edges.add_validity(root->statement);
  if (relation.baseline != nullptr) edges.add_validity(relation.baseline->statement);
  if (relation.owners_set != nullptr) edges.add_validity(relation.owners_set->statement);
  if (relation.basis != nullptr) edges.add_basis(relation.basis->statement);
  for (const Relation::Agreed& agreed : relation.agreements) {
    if (!agreed.record->in_force) continue;
    const schemas::Agreement& terms = agreed.record->in_force->statement;
    edges.add_validity(terms);
    if (agreed.basis != nullptr) edges.add_basis(agreed.basis->statement);
  }
  relation.steady_from = edges.last();
  relation.steady_until = edges.next();
  return relation.steady_until;
}

}  // namespace steelyard::exchange
