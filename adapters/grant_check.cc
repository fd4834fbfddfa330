#include "adapters/grant_check.h"

#include <algorithm>

#include "core/exchange/freshness.h"
#include "core/exchange/gate.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using exchange::EntryBody;
using exchange::FieldSet;
using exchange::Registry;
namespace code = schemas::code;

tl::unexpected<Error> contradicts(std::string_view what) {
  return fail(schemas::error_of(code::grant_outside_agreement, what));
}

bool names(const Registry& registry, LogIndex number, schemas::StatementKind kind, std::string_view subject) {
  const Registry::Subject* found = registry.subject_at(number);
  return found != nullptr && found->kind == kind && found->subject == subject;
}

Status check_fields(const std::vector<FieldName>& named, const FieldSet& marked, const std::vector<FieldName>& order,
                    bool all_of_them) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool is_named = std::find(named.begin(), named.end(), order[i]) != named.end();
    if (is_named && !marked.has(i)) return contradicts("field `" + order[i].text + "` is not in the recorded entry");
    if (all_of_them && !is_named && marked.has(i))
      return contradicts("the recorded entry has field `" + order[i].text + "` too");
    if (is_named) ++found;
  }
  if (found != named.size()) return contradicts("it names a field that the catalogue version in its entry has not");
  return {};
}

Status check_parties(const EntryBody& entry, const schemas::Request& request, const Registry& registry,
                     const MemberId& owner) {
  using Kind = schemas::StatementKind;
  const auto is_member = [&](LogIndex number, const MemberId& member) {
    // The root manager is a member by the genesis, whose subject is the log origin.
    return names(registry, number, Kind::kMember, member.text) ||
           (member == registry.root_manager() && names(registry, number, Kind::kGenesis, registry.origin()));
  };
  if (!is_member(entry.member, request.head.author)) return contradicts("the recorded entry is of another member");
  if (!is_member(entry.peer, owner)) return contradicts("the recorded entry is of another owner");
  if (!names(registry, entry.application, Kind::kApplication, request.application.text))
    return contradicts("the recorded entry is of another application");
  if (!names(registry, entry.dataset, Kind::kCatalogue, request.dataset.text))
    return contradicts("the recorded entry is of another dataset");
  if (!names(registry, entry.purpose, Kind::kVocabulary, "purpose/" + request.purpose.text))
    return contradicts("the recorded entry is for another purpose");
  if (!request.agreement.empty() && !names(registry, entry.agreement, Kind::kAgreement, request.agreement.text))
    return contradicts("the recorded entry is under another agreement");
  return {};
}

}  // namespace

Status check_request_head(const schemas::Head& head, const MemberId& author, const MemberId& owner,
                          const std::string& origin, Instant now) {
  if (head.origin != origin) return fail(schemas::error_of(code::wrong_origin));
  if (head.recipient != owner) return fail(schemas::error_of(code::wrong_recipient));
  if (head.author != author) return fail(schemas::error_of(code::author_not_session));
  return exchange::check_freshness(head, now);
}

Result<EntryBody> check_grant(const schemas::Grant& grant, const Digest& request_digest,
                              const schemas::Request& request, const Registry& registry, const MemberId& owner) {
  if (grant.request != request_digest) return contradicts("the grant names another request");
  if (grant.head.id != request.head.id || grant.head.expires != request.head.expires)
    return contradicts("the grant bears another id or end than its request");
  if (grant.head.recipient != owner && grant.head.recipient != request.head.author)
    return contradicts("the grant is addressed to another");
  if (!grant.masks.empty() || !grant.row_filter.empty())
    return fail(schemas::error_of(code::action_not_built, "masks and row filters are not built yet"));
  if (request.action != schemas::Action::kQuery) return fail(schemas::error_of(code::action_not_built));
  TRY_ASSIGN(EntryBody entry, exchange::check_promise({grant.index, grant.salt, grant.body, {}}, request_digest));
  if (entry.kind != schemas::EntryKind::kRequest || entry.verdict != 0)
    return contradicts("the recorded entry permits nothing");
  if (entry.id != request.head.id || entry.action != request.action || entry.strict != request.strict ||
      entry.operator_present != request.operator_present || entry.case_present != request.case_present)
    return contradicts("the recorded entry is of another request");
  TRY(check_parties(entry, request, registry, owner));
  const std::vector<FieldName>* order = registry.fields_at(entry.dataset);
  if (order == nullptr) return contradicts("the recorded entry names no catalogue version");
  TRY(check_fields(grant.fields, entry.returned, *order, true));
  TRY(check_fields(request.conditions, entry.tested, *order, false));
  const exchange::Terms terms{grant.masks, grant.row_filter, grant.rows_max};
  if (entry.count != grant.rows_max || entry.terms != terms.digest(registry.suite()))
    return contradicts("the recorded entry has other terms");
  return entry;
}

}  // namespace steelyard::adapters
