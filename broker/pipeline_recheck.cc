#include <algorithm>
#include <limits>

#include "broker/pipeline_state.h"
#include "core/base/invariant.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;

namespace {

// The nearest instant after `at` at which something begins or ends to be valid.
class NextEdge {
 public:
  explicit NextEdge(Instant at) : at_(at) {}
  void add(Instant edge) {
    if (edge > at_) next_ = std::min(next_, edge);
  }
  void add(const std::optional<Instant>& edge) {
    if (edge) add(*edge);
  }
  Instant next() const { return next_; }

 private:
  Instant at_;
  Instant next_{std::numeric_limits<std::int64_t>::max()};
};

}  // namespace

// INVARIANT(stopped-means-stopped): asked before a request is forwarded, an answer recorded, an answer delivered.
ErrorCode Pipeline::State::recheck(Exchange& exchange, Instant at) {
  if (registry.epoch() == exchange.weighed && at < exchange.holds_until) return 0;
  ++counters.rechecks;
  auto question = exchange::question_of(exchange.body, registry);
  const exchange::Verdict verdict = question ? weigh(*question, at) : exchange::Verdict::refuse(code::policy_error);
  if (!INVARIANT_HOLDS(stopped_means_stopped, verdict.same_as(exchange.body)))
    return verdict.permitted() ? code::verdict_changed : verdict.reason();
  exchange.weighed = registry.epoch();
  if (question) exchange.holds_until = holds_until(exchange.body, question->user, exchange.dataset, at);
  return 0;
}

Instant Pipeline::State::holds_until(const exchange::EntryBody& body, const MemberId& user, const DatasetId& dataset,
                                     Instant at) const {
  if (policies_read_time) return at;
  NextEdge edge(at);
  const auto add_validity = [&edge](const auto& statement) {
    edge.add(statement.valid_from);
    edge.add(statement.valid_until);
  };
  const MemberId owner = owner_of(dataset);
  for (const MemberId* member : {&user, &owner, &registry.root_manager()})
    if (const auto* record = registry.member(*member)) add_validity(record->statement);
  for (const std::string& subject : {std::string("baseline"), owner.text})
    if (const auto* set = registry.policy_set(subject)) add_validity(set->statement);
  if (const auto* catalogue = registry.dataset(dataset); catalogue != nullptr)
    if (const auto* basis = registry.term(schemas::VocabularyKind::kBasis, catalogue->statement.legal_basis.text))
      add_validity(basis->statement);
  for (const exchange::AgreementRecord* agreement : registry.agreements_of(user, dataset)) {
    if (!agreement->in_force) continue;
    const schemas::Agreement& terms = agreement->in_force->statement;
    add_validity(terms);
    if (const auto* basis = registry.term(schemas::VocabularyKind::kBasis, terms.legal_basis.text))
      add_validity(basis->statement);
  }
  if (const auto* subject = registry.subject_at(body.purpose)) {
    const std::size_t slash = subject->subject.find('/');
    if (slash != std::string::npos)
      if (const auto* purpose = registry.term(schemas::VocabularyKind::kPurpose, subject->subject.substr(slash + 1)))
        add_validity(purpose->statement);
  }
  return edge.next();
}

// A policy that speaks of `context.now` may change its mind at any instant; looking for the word alone errs on the
// side of weighing again.
void Pipeline::State::look_for_time_in_policies() {
  policies_read_time = false;
  for (const std::string& subject : registry.policy_sets())
    if (const auto* set = registry.policy_set(subject))
      policies_read_time = policies_read_time || set->statement.text.find("now") != std::string::npos;
}

}  // namespace steelyard::broker
