#include <algorithm>

#include "core/base/invariant.h"
#include "core/exchange/registry_fold.h"

namespace steelyard::exchange {
namespace {

using schemas::Key;
using schemas::KeyUse;
using schemas::Role;

bool signs(KeyUse use) {
  return use == KeyUse::kOffice || use == KeyUse::kMessage || use == KeyUse::kCosign || use == KeyUse::kBundle ||
         use == KeyUse::kLog || use == KeyUse::kRecovery;
}

crypto::Algorithm algorithm_for(KeyUse use, const crypto::Suite& suite) {
  if (signs(use)) return suite.signing;
  return use == KeyUse::kSeal ? suite.sealing : crypto::Algorithm::kCurve;
}

crypto::PublicKey public_key(const Key& key) { return {static_cast<crypto::Algorithm>(key.algorithm), key.octets}; }

// Usable by itself: of the suite's algorithm for its use, and no key stands twice. `also` may be among them, once.
Status check_keys(const std::vector<Key>& keys, std::initializer_list<KeyUse> wanted, const crypto::Suite& suite,
                  std::optional<KeyUse> also = {}) {
  for (const KeyUse use : wanted)
    if (std::none_of(keys.begin(), keys.end(), [use](const Key& key) { return key.use == use; }))
      return refused("a " + std::string(name_of(use)) + " key is missing");
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const Key& key = keys[i];
    const std::string what = "the " + std::string(name_of(key.use)) + " key";
    if (key.use != also && std::find(wanted.begin(), wanted.end(), key.use) == wanted.end())
      return refused(what + " does not belong here");
    if (key.algorithm != static_cast<std::uint8_t>(algorithm_for(key.use, suite)))
      return refused(what + " is not of the suite's algorithm");
    if (auto good = crypto::check_public_key(public_key(key)); !good) return refused(what + ": " + good.error().what);
    for (std::size_t j = 0; j < i; ++j)
      if (key.use == also && keys[j].use == also)
        return refused("more than one " + std::string(name_of(key.use)) + " key");
    for (std::size_t j = 0; j < i; ++j)
      if (keys[j].octets == key.octets) return refused(what + " stands twice: each use has a key of its own");
  }
  return {};
}

const Key* only_office_key(const std::vector<Key>& keys) {
  const Key* found = nullptr;
  for (const Key& key : keys) {
    if (key.use != KeyUse::kOffice) continue;
    if (found != nullptr) return nullptr;
    found = &key;
  }
  return found;
}

}  // namespace

Result<RegisteredKey> Fold::registered(const Key& key) const {
  RegisteredKey made;
  made.use = key.use;
  made.key = public_key(key);
  made.id = made.key.id();
  made.from = in_.index;
  if (signs(key.use)) {
    TRY_ASSIGN(auto verifying, crypto::VerifyingKey::decode(made.key));
    made.verifying = std::make_shared<const crypto::VerifyingKey>(std::move(verifying));
  }
  return made;
}

// A key has one holder and one use for ever: what was replaced may be in anybody's hands.
Status Fold::check_key_history(const MemberId& member, const Key& key) const {
  const crypto::PublicKey wanted = public_key(key);
  const auto clash = [&](const RegisteredKey& known) {
    return known.key == wanted && (known.use != key.use || known.until != kNoIndex);
  };
  const auto same = [&](const RegisteredKey& known) { return known.key == wanted; };
  const auto claimed = [&](const MemberRecord& record) {
    return record.claim && std::any_of(record.claim->statement.keys.begin(), record.claim->statement.keys.end(),
                                       [&](const Key& known) { return public_key(known) == wanted; });
  };
  const std::string what = "the " + std::string(name_of(key.use)) + " key";
  if (std::any_of(registry_.broker_keys_.begin(), registry_.broker_keys_.end(), same))
    return refused(what + " is one of the broker's");
  for (const auto& [id, record] : registry_.members_) {
    if (id != member && (claimed(record) || std::any_of(record.keys.begin(), record.keys.end(), same)))
      return refused(what + " belongs to member " + quoted(id.text));
    if (id == member && std::any_of(record.keys.begin(), record.keys.end(), clash))
      return refused(what + " was replaced, or had another use: make a new one");
  }
  return {};
}

Status Fold::check_member_keys(const MemberId& member, const std::vector<Key>& keys, const crypto::Suite& suite,
                               std::optional<KeyUse> also) const {
  TRY(check_keys(keys, {KeyUse::kOffice, KeyUse::kMessage, KeyUse::kCosign, KeyUse::kSeal, KeyUse::kTransport}, suite,
                 also));
  if (only_office_key(keys) == nullptr) return refused("more than one office key is not built yet");
  for (const Key& key : keys) TRY(check_key_history(member, key));
  return {};
}

// All keys of a member after this statement: those that stay, those that end here, those that begin here.
Result<std::vector<RegisteredKey>> Fold::replaced_keys(const MemberRecord* before, const std::vector<Key>& keys) const {
  std::vector<RegisteredKey> all;
  if (before != nullptr) all = before->keys;
  const std::size_t known = all.size();
  std::vector<bool> stays(known, false);
  for (const Key& key : keys) {
    std::size_t at = 0;
    while (at < known && (all[at].key != public_key(key) || all[at].until != kNoIndex)) ++at;
    if (at < known) {
      stays[at] = true;
      continue;
    }
    TRY_ASSIGN(RegisteredKey made, registered(key));
    all.push_back(std::move(made));
  }
  for (std::size_t i = 0; i < known; ++i)
    if (!stays[i] && all[i].until == kNoIndex) all[i].until = in_.index;
  return all;
}

Status Fold::take(const schemas::Genesis& body) {
  if (head().subject != body.origin) return refused("its subject is not its log origin");
  if (body.root_manager.text == body.origin || body.root_manager.text == kBaseline)
    return refused("a member cannot be named " + quoted(body.root_manager.text));
  if (!body.previous_head.empty() || !body.previous_registry.is_zero())
    return refused("successors of a log are not built yet");
  auto suite = crypto::find_suite(body.suite);
  if (!suite) return refused(suite.error().what);
  TRY(check_member_keys(body.root_manager, body.root_keys, **suite));
  // INVARIANT(broker-blind): what opens payloads is a sealing key, and the broker is given none.
  const auto opens = [](const Key& key) { return key.use == KeyUse::kSeal; };
  if (!INVARIANT_HOLDS(broker_blind, std::none_of(body.broker_keys.begin(), body.broker_keys.end(), opens)))
    return refused("the broker may hold no key that opens payloads");
  TRY(check_keys(body.broker_keys, {KeyUse::kTransport, KeyUse::kBundle, KeyUse::kLog}, **suite));
  for (const Key& mine : body.root_keys)
    for (const Key& brokers : body.broker_keys)
      if (mine.octets == brokers.octets) return refused("the broker and the root manager share a key");
  brought_ = {{Role::kRootManager, body.root_manager, only_office_key(body.root_keys)}};
  TRY_ASSIGN(auto root_keys, replaced_keys(nullptr, body.root_keys));
  TRY_ASSIGN(auto broker_keys, replaced_keys(nullptr, body.broker_keys));
  registry_.suite_ = *suite;
  if (auto good = signed_by({{Role::kRootManager, body.root_manager}}); !good) {
    registry_.suite_ = nullptr;
    return good;
  }
  registry_.genesis_ = body;
  registry_.network_ = in_.digest;
  registry_.broker_keys_ = std::move(broker_keys);
  MemberRecord& root = registry_.members_[body.root_manager];
  root.id = body.root_manager;
  root.number = in_.index;
  root.statement.names = body.names;
  root.statement.keys = body.root_keys;
  root.statement.valid_from = Instant{0};  // as long as the network
  root.keys = std::move(root_keys);
  registry_.index_transports(root);
  return {};
}

Status Fold::take(const schemas::Member& body) {
  if (auto named = check_name(head().subject); !named) return refused(named.error().what);
  const MemberId id(head().subject);
  if (id.text == registry_.origin() || id.text == kBaseline)
    return refused("a member cannot be named " + quoted(id.text));
  if (body.office_signatures != 1) return refused("more than one office signature (k of n) is not built yet");
  if (body.valid_until && *body.valid_until <= body.valid_from) return refused("its validity ends before it begins");
  TRY(check_member_keys(id, body.keys, registry_.suite(), KeyUse::kRecovery));
  if (head().role == Role::kRecovery) return take_claim(id, body);
  const MemberRecord* before = registry_.member(id);
  const Key* office = only_office_key(body.keys);
  brought_ = {{Role::kMember, id, office}};
  Signers required = {{Role::kRootManager, registry_.root_manager()}, {Role::kMember, id}};
  // Whoever has the office key and says so in time needs nobody else to keep it.
  const bool stops_claim =
      before != nullptr && before->claim && body == before->statement && head().role == Role::kMember;
  if (stops_claim) required = {{Role::kMember, id}};
  const RegisteredKey* old = before == nullptr ? nullptr : before->current(KeyUse::kOffice);
  if (old != nullptr && old->key != public_key(*office)) required.push_back({Role::kPrevious, id});
  // INVARIANT(broker-blind): who could change a member's sealing key could read what is sealed to it.
  Status good = signed_by(required);
  if (!INVARIANT_HOLDS(broker_blind, good.has_value())) return good;
  TRY_ASSIGN(auto keys, replaced_keys(before, body.keys));
  MemberRecord& record = registry_.members_[id];
  record.id = id;
  record.number = in_.index;
  record.statement = body;
  record.keys = std::move(keys);
  record.claim.reset();
  registry_.claims_.erase(id);
  registry_.index_transports(record);
  return {};
}

}  // namespace steelyard::exchange
