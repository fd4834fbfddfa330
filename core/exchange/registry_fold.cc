#include "core/exchange/registry_fold.h"

#include <type_traits>

#include "core/exchange/conditions.h"
#include "core/exchange/digest.h"
#include "core/exchange/gate.h"
#include "core/exchange/mask.h"
#include "core/exchange/quota.h"
#include "schemas/errors.h"

namespace steelyard::exchange {

using schemas::Role;
using schemas::StatementKind;

tl::unexpected<Error> refused(std::string what) {
  return fail(schemas::error_of(schemas::code::statement_refused, what));
}

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

// The chain: right network, next version, right predecessor. What the bodies say is judged after.
Status Fold::check_head() const {
  const bool genesis = head().kind == StatementKind::kGenesis;
  if (registry_.empty() != genesis)
    return refused(genesis ? "there is a genesis already; successors of a log are not built yet"
                           : "nothing stands before the genesis statement");
  if (!genesis && head().network != registry_.network_) return refused("it belongs to another network");
  if (genesis && !head().network.is_zero()) return refused("a genesis statement names no network");
  if (!registry_.empty() && in_.index <= registry_.epoch_)
    return refused("index " + std::to_string(in_.index.value) + " is not after that of the last statement");
  const auto [version, digest] = registry_.last_version(head().kind, head().subject);
  if (head().version != version + 1)
    return refused("version " + std::to_string(head().version) + " of " + quoted(head().subject) +
                   " does not follow version " + std::to_string(version));
  if (head().previous != digest)
    return refused("it names another version " + std::to_string(version) + " of " + quoted(head().subject) +
                   " as the previous one");
  return {};
}

Result<RegistryChange> Fold::run() {
  auto before = install_claims();
  auto change = judge();
  if (!change) undo(std::move(before));
  return change;
}

Result<RegistryChange> Fold::judge() {
  TRY(check_head());
  TRY(std::visit([this](const auto& body) { return take(body); }, in_.statement->body));
  registry_.versions_[{static_cast<std::uint8_t>(head().kind), head().subject}] = {in_.index, head().version,
                                                                                   in_.digest};
  registry_.subjects_[in_.index] = {head().kind, head().subject, head().version};
  registry_.epoch_ = in_.index;
  ++registry_.statements_;
  RegistryChange change{head().kind, head().subject, touched_, {registry_.row(head().kind, head().subject)}};
  if (head().kind != StatementKind::kAgreement)
    for (const AgreementId& id : touched_) change.rows.push_back(registry_.row(StatementKind::kAgreement, id.text));
  return change;
}

Status Fold::take(const schemas::Application& body) {
  if (auto good = check_name(head().subject); !good) return refused(good.error().what);
  const ApplicationId id(head().subject);
  if (registry_.member(body.member) == nullptr) return refused("there is no member " + quoted(body.member.text));
  const auto* before = registry_.application(id);
  if (before != nullptr && before->statement.member != body.member)
    return refused("application " + quoted(id.text) + " belongs to another member");
  TRY(signed_by({{Role::kMember, body.member}}));
  put(registry_.applications_[id], body);
  return {};
}

Status Fold::take(const schemas::Duty& body) {
  if (auto good = check_name(head().subject); !good) return refused(good.error().what);
  const DutyId id(head().subject);
  if (registry_.member(body.holder) == nullptr) return refused("there is no member " + quoted(body.holder.text));
  TRY(signed_by({{Role::kRootManager, registry_.root_manager()}}));
  const auto* before = registry_.duty(id);
  const bool moves = before != nullptr && before->statement.holder != body.holder;
  put(registry_.duties_[id], body);
  if (!moves) return {};
  suspend_fallen(false, [&](const schemas::Agreement& terms) {
    const auto* dataset = registry_.dataset(terms.dataset);
    return terms.user_duty == id || (dataset != nullptr && dataset->statement.duty == id);
  });
  return {};
}

Status check_day_offset(std::int16_t minutes) {
  if (is_day_offset(minutes)) return {};
  return refused("a day begins within 14 hours of UTC's, at a quarter of an hour, not at " + day_offset_text(minutes));
}

Status Fold::check_catalogue(const schemas::Catalogue& body) const {
  if (head().subject != body.dataset.text) return refused("its subject is not its dataset");
  const MemberId owner = owner_of(body.dataset);
  if (registry_.member(owner) == nullptr) return refused("there is no member " + quoted(owner.text));
  if (const auto fallen = fallen_of(registry_, body, in_.log_time); !fallen.empty())
    return refused(describe(fallen.front()));
  if (body.format != "table") return refused("formats other than `table` are not built yet");
  if (body.method != "query") return refused("methods other than `query` are not built yet");
  TRY(check_day_offset(body.day_offset_minutes));
  for (const schemas::CatalogueField& field : body.fields)
    if (!field.mask.empty())
      if (auto good = check_mask(field.mask, field.type); !good)
        return refused("field " + quoted(field.name.text) + ": " + good.error().what);
  return {};
}

Status Fold::take(const schemas::Catalogue& body) {
  TRY(check_catalogue(body));
  TRY(signed_by({{Role::kOwner, owner_of(body.dataset)}, {Role::kManager, registry_.root_manager()}}));
  put(registry_.datasets_[body.dataset], body);
  std::vector<FieldName>& names = registry_.fields_at_[in_.index];
  for (const schemas::CatalogueField& field : body.fields) names.push_back(field.name);
  if (body.rows_per_day != 0) registry_.day_limit_at_[in_.index] = {body.rows_per_day, body.day_offset_minutes};
  if (head().version > 1)
    suspend_fallen(false, [&](const schemas::Agreement& terms) { return terms.dataset == body.dataset; });
  return {};
}

Status Fold::take(const schemas::PolicySet& body) {
  if (body.valid_until && *body.valid_until <= body.valid_from) return refused("its validity ends before it begins");
  const bool baseline = head().subject == kBaseline;
  if (!baseline && registry_.member(MemberId(head().subject)) == nullptr)
    return refused("a policy set is the baseline or an owner's, and there is no member " + quoted(head().subject));
  const Signer signer =
      baseline ? Signer{Role::kRootManager, registry_.root_manager()} : Signer{Role::kOwner, MemberId(head().subject)};
  TRY(signed_by({signer}));  // before its text is read: that costs more than anything else that a statement can ask for
  if (auto good = check_policy_set(head().subject, body.text); !good)
    return refused("policy set " + quoted(head().subject) + ": " + good.error().what);
  put(registry_.policy_sets_[head().subject], body);
  return {};
}

}  // namespace steelyard::exchange
