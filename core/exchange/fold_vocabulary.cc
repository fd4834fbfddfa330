// Terms: purposes, legal bases, reasons.
#include <algorithm>

#include "core/exchange/conditions.h"
#include "core/exchange/registry_fold.h"

namespace steelyard::exchange {
namespace {

using schemas::Role;
using schemas::VocabularyKind;

}  // namespace

bool Fold::term_valid(VocabularyKind kind, const std::string& id) const {
  const auto* term = registry_.term(kind, id);
  return term != nullptr && valid_during(term->statement, in_.log_time);
}

Status Fold::take(const schemas::Vocabulary& body) {
  if (head().subject != std::string(name_of(body.kind)) + "/" + body.id)
    return refused("the subject of this term has to be " + quoted(std::string(name_of(body.kind)) + "/" + body.id));
  if (body.kind != VocabularyKind::kPurpose && !body.bases.empty())
    return refused("only a purpose is carried by legal bases");
  for (const BasisId& basis : body.bases)
    if (registry_.term(VocabularyKind::kBasis, basis.text) == nullptr)
      return refused("there is no legal basis " + quoted(basis.text));
  TRY(signed_by({{Role::kRootManager, registry_.root_manager()}}));
  const auto* before = registry_.term(body.kind, body.id);
  // It ended by time, which no statement said: nobody has looked since at what stood on it.
  const bool lapsed = body.kind == VocabularyKind::kBasis && before != nullptr && !basis_holds(before, in_.log_time);
  put(registry_.terms_[head().subject], body);
  if (before == nullptr) return {};  // nothing stands on it yet
  if (body.kind == VocabularyKind::kBasis)
    suspend_fallen(lapsed, [&](const schemas::Agreement& terms) {
      const auto* dataset = registry_.dataset(terms.dataset);
      return terms.legal_basis.text == body.id ||
             (dataset != nullptr && dataset->statement.legal_basis.text == body.id);
    });
  if (body.kind == VocabularyKind::kPurpose)
    suspend_fallen(false, [&](const schemas::Agreement& terms) {
      return std::count(terms.purposes.begin(), terms.purposes.end(), PurposeId(body.id)) != 0;
    });
  return {};
}

}  // namespace steelyard::exchange
