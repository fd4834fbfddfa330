// A lost office key (docs/formats/statement.md).
#include <algorithm>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/exchange/registry_fold.h"

namespace steelyard::exchange {
namespace {

using schemas::Key;
using schemas::KeyUse;
using schemas::Role;

const Key* office_key(const schemas::Member& statement) {
  const auto found = std::find_if(statement.keys.begin(), statement.keys.end(),
                                  [](const Key& key) { return key.use == KeyUse::kOffice; });
  return found == statement.keys.end() ? nullptr : &*found;
}

// The same but for the office key.
bool differs_in_office_key_alone(const schemas::Member& before, const schemas::Member& body) {
  schemas::Member same = body;
  for (Key& key : same.keys)
    if (key.use == KeyUse::kOffice) key = *office_key(before);
  return same == before && body != before;
}

}  // namespace

Status Fold::take_claim(const MemberId& id, const schemas::Member& body) {
  const MemberRecord* before = registry_.member(id);
  if (before == nullptr || before->current(KeyUse::kRecovery) == nullptr)
    return refused("member " + quoted(id.text) + " has registered no recovery key");
  if (!differs_in_office_key_alone(before->statement, body))
    return refused("a recovery key signs for a new office key and changes nothing else");
  brought_ = {{Role::kMember, id, office_key(body)}};
  // The root manager's own: the key that would sign for it is the one that is lost.
  if (id == registry_.root_manager()) brought_.push_back({Role::kRootManager, id, office_key(body)});
  TRY(signed_by({{Role::kRootManager, registry_.root_manager()}, {Role::kMember, id}, {Role::kRecovery, id}}));
  registry_.members_[id].claim = MemberRecord::Claim{in_.index, in_.log_time, body};
  registry_.claims_.insert(id);
  return {};
}

std::vector<MemberRecord> Fold::install_claims() {
  std::vector<MemberRecord> before;
  for (const MemberId& id : registry_.claims_) {
    const MemberRecord& record = registry_.members_.at(id);
    if (in_.log_time - record.claim->since >= limits::kRecoveryWait) before.push_back(record);
  }
  for (const MemberRecord& old : before) {
    MemberRecord& record = registry_.members_.at(old.id);
    auto keys = replaced_keys(&old, old.claim->statement.keys);
    CHECK(keys);  // its only new key was read when it was claimed
    record.keys = std::move(*keys);
    record.statement = old.claim->statement;
    record.number = old.claim->number;
    record.claim.reset();
    registry_.claims_.erase(old.id);
  }
  return before;
}

void Fold::undo(std::vector<MemberRecord> records) {
  for (MemberRecord& record : records) {
    registry_.claims_.insert(record.id);
    registry_.members_[record.id] = std::move(record);
  }
}

}  // namespace steelyard::exchange
