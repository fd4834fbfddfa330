#include "core/exchange/own_terms.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/exchange/actions.h"
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

// The entry is about this request and grant, and repeats it.
Status check_entry(const schemas::Request& request, const schemas::Grant& grant, const EntryBody& entry) {
  if (entry.kind != schemas::EntryKind::kRequest || entry.verdict != 0) return outside("its entry grants nothing");
  if (entry.digest != grant.request) return outside("its entry is about another request");
  if (entry.id != request.head.id || grant.head.id != request.head.id) return outside("it bears another exchange's id");
  if (entry.action != request.action || entry.strict != request.strict ||
      entry.operator_present != request.operator_present || entry.case_present != request.case_present)
    return outside("its entry does not repeat the request");
  return {};
}

std::optional<std::size_t> place_of(const std::vector<FieldName>& fields, const FieldName& name) {
  const auto found = std::find(fields.begin(), fields.end(), name);
  if (found == fields.end()) return {};
  return static_cast<std::size_t>(found - fields.begin());
}

// The entry's bits are exactly the fields that the grant returns and the request tests.
Status check_fields(const std::vector<FieldName>& fields, const schemas::Request& request, const schemas::Grant& grant,
                    const EntryBody& entry) {
  FieldSet returned, tested;
  if (grant.fields.empty()) return outside("it grants no field");
  for (const FieldName& name : grant.fields) {
    if (!contains(request.fields, name)) return outside("field `" + name.text + "` was not asked for");
    const auto place = place_of(fields, name);
    if (!place) return outside("field `" + name.text + "` is not in the catalogue");
    returned.add(*place);
  }
  for (const FieldName& name : request.conditions) {
    const auto place = place_of(fields, name);
    if (!place) return outside("field `" + name.text + "`, which is tested, is not in the catalogue");
    tested.add(*place);
  }
  if (returned != entry.returned) return outside("its entry records other fields");
  if (tested != entry.tested) return outside("its entry records other tested fields");
  return {};
}

// The agreement that the entry names, in force here and about this user and dataset.
Result<const schemas::Agreement*> own_agreement(const Registry& replica, const schemas::Request& request,
                                                const EntryBody& entry) {
  const Registry::Subject* subject = replica.subject_at(entry.agreement);
  if (subject == nullptr || subject->kind != StatementKind::kAgreement)
    return outside("it rests on an agreement that is not known here");
  const AgreementId id(subject->subject);
  const auto refused = [&id](const std::string& why) { return outside("agreement `" + id.text + "` " + why); };
  const AgreementRecord* record = replica.agreement(id);
  CHECK(record != nullptr);
  if (record->phase != AgreementPhase::kActive) return refused("is " + std::string(name_of(record->phase)));
  if (record->in_force->number != entry.agreement) return refused("has another version in force");
  const schemas::Agreement& terms = record->in_force->statement;
  if (terms.user != request.head.author || terms.dataset != request.dataset)
    return refused("is not about this user and dataset");
  if (!contains(terms.actions, request.action)) return refused("does not cover this action");
  if (!contains(terms.purposes, request.purpose)) return refused("does not cover this purpose");
  return &terms;
}

}  // namespace

std::size_t OwnJudge::Hash::operator()(const Numbers& numbers) const {
  std::uint64_t mixed = 0;
  for (const LogIndex number : numbers)
    mixed = (mixed ^ number.value) * 0x9e37'79b9'7f4a'7c15ULL;  // 2^64 / golden ratio
  return static_cast<std::size_t>(mixed ^ (mixed >> 32));
}

Status OwnJudge::stand_on(Ground& ground, const Registry& replica, const BasisId& basis) {
  const auto* term = replica.term(schemas::VocabularyKind::kBasis, basis.text);
  if (term == nullptr) return outside("there is no legal basis `" + basis.text + "`");
  const schemas::Vocabulary& law = term->statement;
  if (!ground.bases_from || *ground.bases_from < law.valid_from) ground.bases_from = law.valid_from;
  if (law.valid_until && (!ground.bases_until || *law.valid_until < *ground.bases_until))
    ground.bases_until = law.valid_until;
  return {};
}

Result<OwnJudge::Ground> OwnJudge::look_up(const Registry& replica, const schemas::Request& request,
                                           const EntryBody& entry) const {
  const auto* dataset = replica.dataset(request.dataset);
  if (dataset == nullptr || owner_of(request.dataset) != owner_)
    return outside("dataset `" + request.dataset.text + "` is not one of `" + owner_.text + "`");
  if (entry.dataset != dataset->number) return outside("its entry was made under another catalogue statement");
  if (!is_built(request.action))
    return fail(schemas::error_of(schemas::code::action_not_built, name_of(request.action)));
  if (!names_member(replica, entry.member, request.head.author)) return outside("its entry names another user");
  if (!names_member(replica, entry.peer, owner_)) return outside("its entry names another owner");
  if (!names(replica, entry.application, StatementKind::kApplication, request.application.text))
    return outside("its entry names another application");
  if (!names_purpose(replica, entry.purpose, request.purpose)) return outside("its entry names another purpose");

  const schemas::Catalogue& catalogue = dataset->statement;
  const auto* duty = replica.duty(catalogue.duty);
  if (duty == nullptr || duty->statement.holder != owner_)
    return outside("duty `" + catalogue.duty.text + "` has passed on, and with it dataset `" + request.dataset.text +
                   "`");
  Ground ground;
  ground.user = request.head.author;
  ground.application = request.application;
  ground.dataset = request.dataset;
  ground.purpose = request.purpose;
  ground.quotas = quotas_on(replica, entry.member, entry.dataset, entry.agreement);
  if (!catalogue.legal_basis.empty()) TRY(stand_on(ground, replica, catalogue.legal_basis));
  for (const auto& field : catalogue.fields) {
    ground.fields.push_back(field.name);
    ground.types.push_back(field.type);
  }
  if (entry.agreement == kNoIndex) {
    if (request.head.author != owner_ && catalogue.sharing_class != SharingClass::kUnconditional)
      return outside("dataset `" + request.dataset.text + "` is not shared without an agreement");
    for (std::size_t place = 0; place < ground.fields.size(); ++place) ground.agreed.add(place);
    ground.terms = standing_terms(catalogue, nullptr);
    return ground;
  }
  TRY_ASSIGN(const schemas::Agreement* terms, own_agreement(replica, request, entry));
  for (const FieldName& name : terms->fields)
    if (const auto place = place_of(ground.fields, name)) ground.agreed.add(*place);
  TRY(stand_on(ground, replica, terms->legal_basis));
  ground.agreement = terms->agreement;
  ground.terms = standing_terms(catalogue, terms);
  ground.valid_from = terms->valid_from;
  ground.valid_until = terms->valid_until;
  return ground;
}

Result<const OwnJudge::Ground*> OwnJudge::ground_of(const Registry& replica, const schemas::Request& request,
                                                    const EntryBody& entry) {
  if (epoch_ != replica.epoch() || grounds_.size() >= limits::kRelationsMax) {
    grounds_.clear();
    epoch_ = replica.epoch();
  }
  const LogIndex action(static_cast<std::uint64_t>(request.action));
  const Numbers numbers{entry.member,    entry.peer, entry.application, entry.dataset, entry.purpose,
                        entry.agreement, action};
  const auto found = grounds_.find(numbers);
  if (found != grounds_.end() && found->second.user == request.head.author &&
      found->second.dataset == request.dataset && found->second.application == request.application &&
      found->second.purpose == request.purpose)
    return &found->second;
  TRY_ASSIGN(Ground ground, look_up(replica, request, entry));
  return &grounds_.insert_or_assign(numbers, std::move(ground)).first->second;
}

// At least our own; what the broker masks beyond them stays masked.
Result<std::map<FieldName, MaskRule>> OwnJudge::judge_masks(const Ground& ground, const schemas::Request& request,
                                                            const schemas::Grant& grant) {
  std::map<FieldName, MaskRule> masks;
  if (request.action == schemas::Action::kVerify && !grant.masks.empty())
    return outside("it masks what no data leaves of");
  for (const schemas::Mask& given : grant.masks) {
    const std::string field = "field `" + given.field.text + "`";
    if (!contains(grant.fields, given.field)) return outside("it masks " + field + ", which it does not return");
    if (auto good = check_mask(given.mask, ground.types[*place_of(ground.fields, given.field)]); !good)
      return outside(field + ": " + good.error().what);
    if (!masks.emplace(given.field, *mask_named(given.mask)).second) return outside("it masks " + field + " twice");
  }
  for (const StandingTerms::Masked& own : ground.terms.masks) {
    const FieldName& name = ground.fields[own.place];
    const std::string field = "field `" + name.text + "`";
    if (contains(request.conditions, name)) return outside(field + " is tested, and masked by what we signed");
    if (!contains(grant.fields, name)) continue;
    if (request.action == schemas::Action::kVerify)
      return outside(field + " is claimed about, and masked by what we signed");
    if (own.mask.empty()) return outside(field + " has no mask that stands on its type");
    const auto given = masks.find(name);
    if (given == masks.end() || (given->second != *mask_named(own.mask) && given->second != *mask_named(kNullMask)))
      return outside("it returns " + field + " without its mask `" + own.mask + "`");
  }
  return masks;
}

Result<OwnTerms> OwnJudge::judge(const Registry& replica, const schemas::Request& request, const schemas::Grant& grant,
                                 const EntryBody& entry, const std::set<AgreementId>& suspended_here, Instant now) {
  if (replica.empty()) return outside("no statements are known here yet");
  TRY(check_entry(request, grant, entry));
  TRY_ASSIGN(const Ground* ground, ground_of(replica, request, entry));
  TRY(check_fields(ground->fields, request, grant, entry));
  if (grant.rows_max == 0) return outside("it grants no rows");
  const Terms terms{grant.masks, grant.row_filter, grant.rows_max};
  if (entry.count != grant.rows_max || entry.terms != terms_digest_.of(replica.suite(), terms))
    return outside("its entry records other terms");

  const AgreementId& agreement = ground->agreement;
  if (!request.agreement.empty() && request.agreement != agreement)
    return outside(agreement.empty() ? "the request names an agreement and the grant rests on none"
                                     : "the request names another agreement");
  if (!agreement.empty() && suspended_here.contains(agreement))
    return fail(schemas::error_of(schemas::code::withdrawn_locally, "agreement `" + agreement.text + "`"));
  // The broker judged by log time; clocks may differ by the skew.
  if ((ground->valid_from && now + limits::kSkew < *ground->valid_from) ||
      (ground->valid_until && *ground->valid_until <= now - limits::kSkew))
    return outside("agreement `" + agreement.text + "` is not valid now");
  // The fold counts a basis from the skew before it begins, and as ended from the skew before its end; by log time, so
  // that what ends here has ended there for as long as clocks differ.
  if ((ground->bases_from && now + limits::kSkew + limits::kSkew < *ground->bases_from) ||
      (ground->bases_until && *ground->bases_until <= now))
    return outside("its legal basis is not in force now");
  const auto beyond = [&](const FieldName& name, std::string_view how) {
    return outside("agreement `" + agreement.text + "` does not cover field `" + name.text + "`" + std::string(how));
  };
  for (const FieldName& name : grant.fields)
    if (!ground->agreed.has(*place_of(ground->fields, name))) return beyond(name, "");
  for (const FieldName& name : request.conditions)
    if (!ground->agreed.has(*place_of(ground->fields, name))) return beyond(name, ", which is tested");
  // Another one could select rows that ours does not, and which of two selects fewer cannot be told.
  if (grant.row_filter != ground->terms.row_filter) return outside("its row filter is not the one that we signed");
  if (!ground->terms.sound()) return outside("the row filter that we signed does not hold for these fields");
  TRY_ASSIGN(auto masks, judge_masks(*ground, request, grant));
  return OwnTerms{grant.fields,         std::move(masks), std::min(grant.rows_max, ground->terms.rows_max),
                  ground->terms.filter, ground->quotas,   agreement};
}

}  // namespace steelyard::exchange
