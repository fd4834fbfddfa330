#include "core/exchange/registry.h"

#include <algorithm>

#include "core/exchange/digest.h"
#include "core/exchange/registry_fold.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::KeyUse;
using schemas::StatementKind;

template <class Map, class Key>
auto find_in(const Map& map, const Key& key) -> const typename Map::mapped_type* {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

template <class Map>
auto keys_of(const Map& map) {
  std::vector<typename Map::key_type> keys;
  keys.reserve(map.size());
  for (const auto& item : map) keys.push_back(item.first);
  std::sort(keys.begin(), keys.end());
  return keys;
}

const RegisteredKey* newest(const std::vector<RegisteredKey>& keys, KeyUse use) {
  const RegisteredKey* found = nullptr;
  for (const RegisteredKey& key : keys)
    if (key.use == use && key.until == kNoIndex && (found == nullptr || key.from > found->from)) found = &key;
  return found;
}

}  // namespace

std::string_view name_of(AgreementPhase phase) {
  switch (phase) {
    case AgreementPhase::kProposed: return "proposed";
    case AgreementPhase::kActive: return "active";
    case AgreementPhase::kSuspended: return "suspended";
    case AgreementPhase::kEnded: return "ended";
    case AgreementPhase::kReturned: return "returned";
    case AgreementPhase::kRefused: return "refused";
    case AgreementPhase::kWithdrawn: return "withdrawn";
  }
  return "unknown";
}

const RegisteredKey* MemberRecord::key(const KeyId& wanted) const {
  for (const RegisteredKey& known : keys)
    if (known.id == wanted) return &known;
  return nullptr;
}

const RegisteredKey* MemberRecord::current(KeyUse use) const { return newest(keys, use); }

const schemas::Agreement* AgreementRecord::terms() const {
  if (in_force) return &in_force->statement;
  return proposed ? &proposed->statement : &dropped->statement;
}

Result<RegistryChange> Registry::apply(const StatementBytes& statement, LogIndex index, Instant log_time,
                                       bool trusted) {
  TRY_ASSIGN(const schemas::Statement decoded, schemas::decode<schemas::Statement>(statement.document));
  Incoming incoming{&decoded, &statement.signatures, {}, index, log_time, trusted};
  const crypto::Suite* suite = suite_;
  if (const auto* genesis = std::get_if<schemas::Genesis>(&decoded.body); genesis != nullptr && suite == nullptr) {
    auto named = crypto::find_suite(genesis->suite);
    if (!named) return refused(named.error().what);
    suite = *named;
  }
  if (suite == nullptr) return refused("nothing stands before the genesis statement");
  incoming.digest = statement_digest(*suite, statement.document);
  auto change = Fold(*this, incoming).run();
  if (!change)
    return fail(
        std::move(change).error().in(std::string(name_of(decoded.head.kind)) + " " + quoted(decoded.head.subject)));
  return change;
}

Status Registry::would_take(const StatementBytes& statement, Instant log_time) const {
  Registry trial(*this);
  const LogIndex next(epoch_ == kNoIndex ? 0 : epoch_.value + 1);
  TRY(trial.apply(statement, next, log_time));
  return {};
}

void Registry::index_transports(const MemberRecord& record) {
  for (const RegisteredKey& key : record.keys) {
    if (key.use != KeyUse::kTransport) continue;
    if (key.until == kNoIndex)
      transports_[key.key.octets] = record.id;
    else
      transports_.erase(key.key.octets);
  }
}

void Registry::forget_agreement_of(const schemas::Agreement& terms) {
  auto& of_user = agreements_of_[terms.user];
  std::vector<AgreementId>& ids = of_user[terms.dataset];
  ids.erase(std::remove(ids.begin(), ids.end(), terms.agreement), ids.end());
  if (ids.empty()) of_user.erase(terms.dataset);
  if (of_user.empty()) agreements_of_.erase(terms.user);
}

const RegisteredKey* Registry::broker_key(KeyUse use) const { return newest(broker_keys_, use); }

const MemberRecord* Registry::member(const MemberId& id) const { return find_in(members_, id); }

bool Registry::member_valid(const MemberId& id, Instant now) const {
  const MemberRecord* record = member(id);
  return record != nullptr && valid_during(record->statement, now);
}

const MemberRecord* Registry::member_with_transport(ByteView curve_public) const {
  const MemberId* id = find_in(transports_, to_bytes(curve_public));
  return id == nullptr ? nullptr : member(*id);
}

const RegisteredKey* Registry::key(const MemberId& id, const KeyId& key, KeyUse use) const {
  const MemberRecord* record = member(id);
  const RegisteredKey* known = record == nullptr ? nullptr : record->key(key);
  return known != nullptr && known->use == use && known->until == kNoIndex ? known : nullptr;
}

const Registered<schemas::Application>* Registry::application(const ApplicationId& id) const {
  return find_in(applications_, id);
}
const Registered<schemas::Duty>* Registry::duty(const DutyId& id) const { return find_in(duties_, id); }
const Registered<schemas::Vocabulary>* Registry::term(schemas::VocabularyKind kind, const std::string& id) const {
  return find_in(terms_, std::string(name_of(kind)) + "/" + id);
}
const Registered<schemas::Catalogue>* Registry::dataset(const DatasetId& id) const { return find_in(datasets_, id); }
const Registered<schemas::PolicySet>* Registry::policy_set(const std::string& subject) const {
  return find_in(policy_sets_, subject);
}
const AgreementRecord* Registry::agreement(const AgreementId& id) const { return find_in(agreements_, id); }

std::vector<const AgreementRecord*> Registry::agreements_of(const MemberId& user, const DatasetId& dataset) const {
  std::vector<const AgreementRecord*> records;
  const auto* of_user = find_in(agreements_of_, user);
  const auto* ids = of_user == nullptr ? nullptr : find_in(*of_user, dataset);
  if (ids == nullptr) return records;
  records.reserve(ids->size());
  for (const AgreementId& id : *ids) records.push_back(agreement(id));
  return records;
}

const Registry::Subject* Registry::subject_at(LogIndex number) const { return find_in(subjects_, number); }
const std::vector<FieldName>* Registry::fields_at(LogIndex number) const { return find_in(fields_at_, number); }

const Registry::DayLimit* Registry::day_limit_at(LogIndex number) const { return find_in(day_limit_at_, number); }

std::vector<MemberId> Registry::members() const { return keys_of(members_); }
std::vector<DatasetId> Registry::datasets() const { return keys_of(datasets_); }
std::vector<AgreementId> Registry::agreements() const { return keys_of(agreements_); }
std::vector<ApplicationId> Registry::applications() const { return keys_of(applications_); }
std::vector<DutyId> Registry::duties() const { return keys_of(duties_); }
std::vector<std::string> Registry::policy_sets() const { return keys_of(policy_sets_); }

// Of an agreement: the version in force, and the proposed one until there is one.
RegistryRow Registry::row(StatementKind kind, const std::string& subject) const {
  const Version* last = find_in(versions_, std::pair(static_cast<std::uint8_t>(kind), subject));
  Version version = last == nullptr ? Version{} : *last;
  std::uint8_t phase = 0;
  if (kind == StatementKind::kAgreement) {
    const AgreementRecord& record = agreements_.at(AgreementId(subject));
    phase = static_cast<std::uint8_t>(record.phase);
    if (record.in_force)
      version = {record.in_force->number, subjects_.at(record.in_force->number).version, record.in_force_digest};
  }
  RegistryRow row;
  row.key.push_back(static_cast<std::uint8_t>(kind));
  append(row.key, as_bytes(subject));
  put_le(row.value, version.index.value);
  put_le(row.value, version.version);
  append(row.value, version.digest.view());
  row.value.push_back(phase);
  return row;
}

std::vector<RegistryRow> Registry::rows() const {
  std::vector<RegistryRow> rows;
  rows.reserve(versions_.size());
  for (const auto& item : versions_)  // sorted as the keys are: by kind, then by subject
    rows.push_back(row(static_cast<StatementKind>(item.first.first), item.first.second));
  return rows;
}

std::pair<std::uint32_t, Digest> Registry::last_version(StatementKind kind, const std::string& subject) const {
  const Version* last = find_in(versions_, std::pair(static_cast<std::uint8_t>(kind), subject));
  if (last == nullptr) return {0, Digest{}};
  return {last->version, last->digest};
}

}  // namespace steelyard::exchange
