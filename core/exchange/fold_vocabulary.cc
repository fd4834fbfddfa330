// Terms, and what stands on them.
//
// Where a legal basis ends, what stands on it would have to be suspended by the fold. That is not built yet, so that
// nothing may come to stand on nothing: neither by a new version of a term, nor by outliving the one there is. A
// purpose that ends needs no such care: the gate asks for its validity with every question.
#include <algorithm>

#include "core/base/limits.h"
#include "core/exchange/registry_fold.h"

namespace steelyard::exchange {
namespace {

using schemas::Role;
using schemas::VocabularyKind;

tl::unexpected<Error> would_fall(const std::string& what, const std::string& basis, const std::string& instead) {
  return refused(what + " would be left without legal basis " + quoted(basis) +
                 ": suspending it by that is not built yet: " + instead);
}

}  // namespace

bool Fold::term_valid(VocabularyKind kind, const std::string& id) const {
  const auto* term = registry_.term(kind, id);
  return term != nullptr && valid_during(term->statement, in_.log_time);
}

// A new version begins when its author's clock says, which may be ahead of ours by the skew.
bool Fold::basis_lasts(const schemas::Vocabulary& basis, const std::optional<Instant>& until) const {
  return basis.valid_from <= in_.log_time + limits::kSkew &&
         (!basis.valid_until || (until && *until <= *basis.valid_until));
}

// Those that a change of a term could take the ground from, by id.
std::vector<const schemas::Agreement*> Fold::standing_agreements() const {
  std::vector<const schemas::Agreement*> standing;
  for (const auto& [id, record] : registry_.agreements_) {
    if (record.phase != AgreementPhase::kActive && record.phase != AgreementPhase::kSuspended) continue;
    const schemas::Agreement& terms = record.in_force->statement;
    if (!terms.valid_until || in_.log_time < *terms.valid_until) standing.push_back(&terms);
  }
  std::sort(standing.begin(), standing.end(),
            [](const auto* one, const auto* other) { return one->agreement < other->agreement; });
  return standing;
}

Status Fold::check_lasting_basis(const BasisId& basis, const std::string& what,
                                 const std::optional<Instant>& until) const {
  if (!term_valid(VocabularyKind::kBasis, basis.text))
    return refused("there is no legal basis " + quoted(basis.text) + " in force");
  if (!basis_lasts(registry_.term(VocabularyKind::kBasis, basis.text)->statement, until))
    return would_fall(what, basis.text, "let it end by then");
  return {};
}

Status Fold::check_basis_change(const schemas::Vocabulary& body) const {
  for (const schemas::Agreement* terms : standing_agreements())
    if (terms->legal_basis.text == body.id && !basis_lasts(body, terms->valid_until))
      return would_fall("agreement " + quoted(terms->agreement.text), body.id, "end the agreement first");
  for (const DatasetId& dataset : registry_.datasets())
    if (registry_.dataset(dataset)->statement.legal_basis.text == body.id && !basis_lasts(body, {}))
      return would_fall("dataset " + quoted(dataset.text), body.id, "publish it under another basis first");
  return {};
}

Status Fold::check_purpose_change(const schemas::Vocabulary& body) const {
  if (body.bases.empty()) return {};  // any basis carries it
  for (const schemas::Agreement* terms : standing_agreements())
    if (std::count(terms->purposes.begin(), terms->purposes.end(), PurposeId(body.id)) != 0 &&
        std::count(body.bases.begin(), body.bases.end(), terms->legal_basis) == 0)
      return would_fall("purpose " + quoted(body.id) + " of agreement " + quoted(terms->agreement.text),
                        terms->legal_basis.text, "end the agreement first");
  return {};
}

Status Fold::take(const schemas::Vocabulary& body) {
  if (head().subject != std::string(name_of(body.kind)) + "/" + body.id)
    return refused("the subject of this term has to be " + quoted(std::string(name_of(body.kind)) + "/" + body.id));
  if (body.kind != VocabularyKind::kPurpose && !body.bases.empty())
    return refused("only a purpose is carried by legal bases");
  for (const BasisId& basis : body.bases)
    if (registry_.term(VocabularyKind::kBasis, basis.text) == nullptr)
      return refused("there is no legal basis " + quoted(basis.text));
  // Before all that stands is gone through, which may be much.
  TRY(signed_by({{Role::kRootManager, registry_.root_manager()}}));
  if (body.kind == VocabularyKind::kBasis) TRY(check_basis_change(body));
  if (body.kind == VocabularyKind::kPurpose) TRY(check_purpose_change(body));
  put(registry_.terms_[head().subject], body);
  return {};
}

}  // namespace steelyard::exchange
