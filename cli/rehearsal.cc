#include "cli/rehearsal.h"

#include <algorithm>

#include <fmt/format.h>

#include "cli/log_reader.h"
#include "cli/review_words.h"
#include "cli/statement_signing.h"
#include "cli/usage.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

namespace code = schemas::code;
using exchange::Verdict;
using schemas::Role;
using schemas::StatementKind;

// The statement's document.
Result<Bytes> fold_in(exchange::Registry& registry, StatementKind kind, const std::string& subject,
                      const MemberId& author, Role role, Instant now, schemas::StatementBody body) {
  Bytes document = draw_up(registry, kind, subject, author, role, now, std::move(body));
  TRY(registry.apply({document, {}}, LogIndex(registry.epoch().value + 1), now, true));
  return document;
}

Status agree(exchange::Registry& registry, const schemas::Agreement& terms, Instant now) {
  TRY_ASSIGN(const Bytes document,
             fold_in(registry, StatementKind::kAgreement, terms.agreement.text, terms.user, Role::kUser, now, terms));
  const Digest digest = exchange::statement_digest(registry.suite(), document);
  for (const auto& [role, member] :
       {std::pair(Role::kUser, &terms.user), {Role::kOwner, &terms.owner}, {Role::kManager, &terms.manager}})
    TRY(fold_in(registry, StatementKind::kApproval, terms.agreement.text + "/" + std::string(name_of(role)), *member,
                role, now, schemas::Approval{terms.agreement, digest, role}));
  return {};
}

std::vector<FieldName> missing_of(const std::vector<FieldName>& from, const std::vector<FieldName>& in) {
  std::vector<FieldName> missing;
  for (const FieldName& name : from)
    if (std::find(in.begin(), in.end(), name) == in.end()) missing.push_back(name);
  return missing;
}

void add_effect(std::string& to, const std::string& what) { to += (to.empty() ? "" : "; ") + what; }

void add_terms(std::string& to, const exchange::Terms& before, const exchange::Terms& after) {
  if (before.rows_max != after.rows_max)
    add_effect(to, fmt::format("rows: {} instead of {}", after.rows_max, before.rows_max));
  if (before.row_filter != after.row_filter)
    add_effect(to, after.row_filter.empty() ? "no row filter any more" : "row filter: " + after.row_filter);
  for (const schemas::Mask& mask : after.masks)
    if (std::find(before.masks.begin(), before.masks.end(), mask) == before.masks.end())
      add_effect(to, "masks " + mask.field.text + ": " + mask.mask);
  for (const schemas::Mask& mask : before.masks)
    if (std::none_of(after.masks.begin(), after.masks.end(), [&](const auto& one) { return one.field == mask.field; }))
      add_effect(to, "no mask any more: " + mask.field.text);
}

bool differ(const Verdict& before, const Verdict& after) {
  return before.reason() != after.reason() || before.fields() != after.fields() ||
         before.terms_digest != after.terms_digest;
}

// The fields of a refused verdict are those that the reason is about; what it gives is nothing.
Status weigh_both(exchange::Gate& without, exchange::Gate& with, const exchange::Registry& registry,
                  const provenance::StoredEntry& stored, Instant now, Compared& to) {
  TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(stored.body));
  if (body.kind != schemas::EntryKind::kRequest) return {};
  TRY_ASSIGN(exchange::Question question, exchange::question_of(body, registry));
  Verdict before = without.weigh(question, now), after = with.weigh(question, now);
  ++to.weighed;
  if (differ(before, after))
    to.differences.push_back({stored.index, body, std::move(question), std::move(before), std::move(after)});
  return {};
}

}  // namespace

Status rehearse(exchange::Registry& registry, const Change& change, Instant now) {
  if (change.policies) {
    const auto& [subject, set] = *change.policies;
    const bool baseline = subject == exchange::kBaseline;
    TRY(fold_in(registry, StatementKind::kPolicySet, subject, baseline ? registry.root_manager() : MemberId(subject),
                baseline ? Role::kRootManager : Role::kOwner, now, set));
  }
  if (change.agreement) TRY(agree(registry, *change.agreement, now));
  if (change.ended_basis.empty()) return {};
  const auto* basis = registry.term(schemas::VocabularyKind::kBasis, change.ended_basis);
  if (basis == nullptr) return usage("there is no basis `" + change.ended_basis + "`");
  schemas::Vocabulary ended = basis->statement;
  ended.valid_until = now;
  TRY(fold_in(registry, StatementKind::kVocabulary, "basis/" + change.ended_basis, registry.root_manager(),
              Role::kRootManager, now, std::move(ended)));
  return {};
}

Result<Compared> compare(const provenance::LogStore& log, const exchange::Registry& before,
                         const exchange::Registry& after, std::size_t last, Instant now) {
  exchange::Gate without(before), with(after);
  TRY(without.rebuild());
  TRY(with.rebuild());
  Compared compared;
  const auto take = [&](const provenance::StoredEntry& entry) -> Result<bool> {
    if (entry.body.empty())
      ++compared.dropped;
    else
      TRY(weigh_both(without, with, before, entry, now, compared));
    return compared.weighed < last;
  };
  TRY(walk_back(log, take));
  return compared;
}

std::string effect_of(const Difference& difference) {
  const Verdict& before = difference.before;
  const Verdict& after = difference.after;
  if (!after.permitted()) return "refused: " + std::string(schemas::slug_of(after.reason()));
  if (!before.permitted()) return "granted: " + fields_text(after.fields()).en;
  std::string effect;
  const auto lost = missing_of(before.fields(), after.fields()), gained = missing_of(after.fields(), before.fields());
  if (!lost.empty()) add_effect(effect, "withholds: " + fields_text(lost).en);
  if (!gained.empty()) add_effect(effect, "gives: " + fields_text(gained).en);
  add_terms(effect, before.terms(), after.terms());
  return effect;
}

}  // namespace steelyard::cli
