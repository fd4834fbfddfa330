#include "core/exchange/own_terms.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::SharingClass;
using schemas::StatementKind;

tl::unexpected<Error> outside(const std::string& what) {
  return fail(schemas::error_of(schemas::code::grant_outside_agreement, what));
}

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

bool names(const Registry& replica, LogIndex number, StatementKind kind, const std::string& subject) {
  const Registry::Subject* found = replica.subject_at(number);
  return found != nullptr && found->kind == kind && found->subject == subject;
}

bool names_member(const Registry& replica, LogIndex number, const MemberId& member) {
  return names(replica, number, StatementKind::kMember, member.text) ||
         (member == replica.root_manager() && names(replica, number, StatementKind::kGenesis, replica.origin()));
}

bool names_purpose(const Registry& replica, LogIndex number, const PurposeId& purpose) {
  constexpr std::string_view kPrefix = "purpose/";
  const Registry::Subject* found = replica.subject_at(number);
  return found != nullptr && found->kind == StatementKind::kVocabulary && found->subject.starts_with(kPrefix) &&
         std::string_view(found->subject).substr(kPrefix.size()) == purpose.text;
}

// The entry is about this request and grant, and its numbers say in the replica what the request says in words.
Status check_entry(const Registry& replica, const MemberId& owner, const schemas::Request& request,
                   const schemas::Grant& grant, const EntryBody& entry) {
  if (entry.kind != schemas::EntryKind::kRequest || entry.verdict != 0) return outside("its entry grants nothing");
  if (entry.digest != grant.request) return outside("its entry is about another request");
  if (entry.id != request.head.id || grant.head.id != request.head.id) return outside("it bears another exchange's id");
  if (!names_member(replica, entry.member, request.head.author)) return outside("its entry names another user");
  if (!names_member(replica, entry.peer, owner)) return outside("its entry names another owner");
  if (!names(replica, entry.application, StatementKind::kApplication, request.application.text))
    return outside("its entry names another application");
  if (!names_purpose(replica, entry.purpose, request.purpose)) return outside("its entry names another purpose");
  if (entry.action != request.action || entry.strict != request.strict ||
      entry.operator_present != request.operator_present || entry.case_present != request.case_present)
    return outside("its entry does not repeat the request");
  return {};
}

// The entry's bits are exactly the fields that the grant returns and the request tests.
Status check_fields(const std::vector<schemas::CatalogueField>& fields, const schemas::Request& request,
                    const schemas::Grant& grant, const EntryBody& entry) {
  FieldSet returned, tested;
  const auto add = [&fields](FieldSet& to, const FieldName& name) {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name; });
    if (found == fields.end()) return false;
    to.add(static_cast<std::size_t>(found - fields.begin()));
    return true;
  };
  if (grant.fields.empty()) return outside("it grants no field");
  for (const FieldName& name : grant.fields) {
    if (!contains(request.fields, name)) return outside("field `" + name.text + "` was not asked for");
    if (!add(returned, name)) return outside("field `" + name.text + "` is not in the catalogue");
  }
  for (const FieldName& name : request.conditions)
    if (!add(tested, name)) return outside("field `" + name.text + "`, which is tested, is not in the catalogue");
  if (returned != entry.returned) return outside("its entry records other fields");
  if (tested != entry.tested) return outside("its entry records other tested fields");
  return {};
}

Result<const schemas::Agreement*> own_agreement(const Registry& replica, const schemas::Request& request,
                                                const EntryBody& entry, const std::set<AgreementId>& suspended_here,
                                                Instant now) {
  const Registry::Subject* subject = replica.subject_at(entry.agreement);
  if (subject == nullptr || subject->kind != StatementKind::kAgreement)
    return outside("it rests on an agreement that is not known here");
  const AgreementId id(subject->subject);
  const auto refused = [&id](const std::string& why) { return outside("agreement `" + id.text + "` " + why); };
  const AgreementRecord* record = replica.agreement(id);
  CHECK(record != nullptr);
  if (suspended_here.count(id) != 0)
    return fail(schemas::error_of(schemas::code::withdrawn_locally, "agreement `" + id.text + "`"));
  if (record->phase != AgreementPhase::kActive) return refused("is " + std::string(name_of(record->phase)));
  if (record->in_force->number != entry.agreement) return refused("has another version in force");
  const schemas::Agreement& terms = record->in_force->statement;
  if (terms.user != request.head.author || terms.dataset != request.dataset)
    return refused("is not about this user and dataset");
  if (!request.agreement.empty() && request.agreement != id) return outside("the request names another agreement");
  // The broker judged by log time; clocks may differ by the skew.
  if (now + limits::kSkew < terms.valid_from || (terms.valid_until && *terms.valid_until <= now - limits::kSkew))
    return refused("is not valid now");
  if (!contains(terms.actions, request.action)) return refused("does not cover this action");
  if (!contains(terms.purposes, request.purpose)) return refused("does not cover this purpose");
  return &terms;
}

Status check_within(const schemas::Agreement& terms, const schemas::Request& request, const schemas::Grant& grant) {
  for (const FieldName& name : grant.fields)
    if (!contains(terms.fields, name))
      return outside("agreement `" + terms.agreement.text + "` does not cover field `" + name.text + "`");
  for (const FieldName& name : request.conditions)
    if (!contains(terms.fields, name))
      return outside("agreement `" + terms.agreement.text + "` does not cover field `" + name.text +
                     "`, which is tested");
  return {};
}

}  // namespace

Result<OwnTerms> own_terms(const Registry& replica, const MemberId& owner, const schemas::Request& request,
                           const schemas::Grant& grant, const EntryBody& entry,
                           const std::set<AgreementId>& suspended_here, Instant now) {
  if (replica.empty()) return outside("no statements are known here yet");
  const auto* dataset = replica.dataset(request.dataset);
  if (dataset == nullptr || owner_of(request.dataset) != owner)
    return outside("dataset `" + request.dataset.text + "` is not one of `" + owner.text + "`");
  if (entry.dataset != dataset->number) return outside("its entry was made under another catalogue statement");
  if (request.action != schemas::Action::kQuery)
    return fail(schemas::error_of(schemas::code::action_not_built, name_of(request.action)));
  TRY(check_entry(replica, owner, request, grant, entry));
  TRY(check_fields(dataset->statement.fields, request, grant, entry));
  if (!grant.masks.empty() || !grant.row_filter.empty()) return outside("masks and row filters are not built yet");
  if (grant.rows_max == 0) return outside("it grants no rows");
  if (entry.count != grant.rows_max ||
      entry.terms != Terms{grant.masks, grant.row_filter, grant.rows_max}.digest(replica.suite()))
    return outside("its entry records other limits");

  std::uint32_t rows_max = std::min(grant.rows_max, limits::kRowsMax);
  if (dataset->statement.rows_max != 0) rows_max = std::min(rows_max, dataset->statement.rows_max);
  if (entry.agreement != kNoIndex) {
    TRY_ASSIGN(const schemas::Agreement* terms, own_agreement(replica, request, entry, suspended_here, now));
    TRY(check_within(*terms, request, grant));
    if (terms->rows_max != 0) rows_max = std::min(rows_max, terms->rows_max);
  } else if (!request.agreement.empty()) {
    return outside("the request names an agreement and the grant rests on none");
  } else if (request.head.author != owner && dataset->statement.sharing_class != SharingClass::kUnconditional) {
    return outside("dataset `" + request.dataset.text + "` is not shared without an agreement");
  }
  return OwnTerms{grant.fields, rows_max};
}

}  // namespace steelyard::exchange
