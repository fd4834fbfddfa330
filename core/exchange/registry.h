// Registry: the fold over all statements: members, keys, duties, catalogue, agreements, policies, as of one epoch.
//
// Broker and adapters fold the same statements with this same code. apply() judges a statement (docs/formats/
// statement.md: who must sign, what it must extend) and takes it in whole or not at all.
// INVARIANT(user-is-not-manager) is enforced here.
// Owns: everything it returns a pointer to; pointers live until the next apply().
// Threads: one thread changes it; const members from any thread while nobody does.
// Errors: statement_refused with the rule that is broken; nothing has changed then.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/exchange/statement.h"
#include "schemas/statement.h"

namespace steelyard::exchange {

struct RegisteredKey {
  schemas::KeyUse use = schemas::KeyUse::kOffice;
  crypto::PublicKey key;
  KeyId id;                                               // of `key`, computed once
  std::shared_ptr<const crypto::VerifyingKey> verifying;  // of signing uses, decoded once; else null
  LogIndex from;                                          // index of the statement that brought it
  LogIndex until = kNoIndex;                              // index of the statement that took it away
  bool valid_at(LogIndex index) const { return index >= from && index < until; }
};

struct MemberRecord {
  MemberId id;
  LogIndex number;  // of the statement in force
  schemas::Member statement;
  std::vector<RegisteredKey> keys;  // past ones too
  // A new office key in place of a lost one, signed for by the recovery key; the hours to stop it are running.
  struct Claim {
    LogIndex number;
    Instant since;
    schemas::Member statement;
  };
  std::optional<Claim> claim;
  const RegisteredKey* key(const KeyId& id) const;
  const RegisteredKey* current(schemas::KeyUse use) const;  // the newest valid one
};

template <class Statement>
struct Registered {  // applications, duties, vocabulary terms, catalogue, policy sets
  LogIndex number;   // index of the statement in force
  LogIndex first;    // of version 1
  Statement statement;
};

// The subject of the root manager's policy set; the others' are their owners' ids.
inline constexpr std::string_view kBaseline = "baseline";

// Of whatever has valid_from and valid_until.
template <class Statement>
bool valid_during(const Statement& statement, Instant now) {
  return statement.valid_from <= now && (!statement.valid_until || now < *statement.valid_until);
}

// The reason of what the fold itself suspends; no statement may give it.
inline constexpr std::string_view kConditionsChanged = "conditions-changed";

// docs/formats/statement.md, The life of an agreement.
enum class AgreementPhase : std::uint8_t {
  kProposed = 1,
  kActive = 2,
  kSuspended = 3,
  kEnded = 4,
  kReturned = 5,  // this and the next two: nothing has been in force yet
  kRefused = 6,
  kWithdrawn = 7,
};
std::string_view name_of(AgreementPhase phase);

// A silence that was put before the manager, and what it said.
struct Escalation {
  LogIndex number;
  Instant since;
  std::optional<schemas::Decision> decision;
  LogIndex decided = kNoIndex;
  schemas::Text why;  // of the decision
};

// How a version that waits for approvals is getting on.
struct Handling {
  schemas::Role role = schemas::Role::kUser;  // its author's
  MemberId author;
  Instant since;                                  // log time: of the proposal, or of its return
  bool returned = false;                          // its next version is awaited
  ReasonId reason;                                // of the return
  schemas::Text points;                           // likewise
  std::map<schemas::Role, Escalation> escalated;  // by whose approval is missing
};

struct AgreementRecord {
  AgreementId id;
  AgreementPhase phase = AgreementPhase::kProposed;
  ReasonId reason;                                         // of the last change of phase
  LogIndex changed = kNoIndex;                             // where that stands
  Instant since;                                           // its log time
  bool stopped_by_fold = false;                            // suspended, and by nobody: what it stood on has fallen
  std::optional<Escalation> stop_escalated;                // of a suspension that its owner leaves standing
  std::optional<Registered<schemas::Agreement>> in_force;  // the version that all three approved last
  Digest in_force_digest;
  std::optional<Registered<schemas::Agreement>> proposed;  // a later version that waits for approvals
  Digest proposed_digest;
  Handling handling;                                      // of the proposed version
  bool return_used = false;                               // since the last version was in force, refused or withdrawn
  std::optional<Registered<schemas::Agreement>> dropped;  // refused or withdrawn last, before any was in force
  std::set<schemas::Role> approved;                       // of the proposed version
  std::map<schemas::Role, LogIndex> pending_approvals;    // where those stand
  std::map<schemas::Role, LogIndex> approvals_in_force;   // the approvals that made in_force stand
  const schemas::Agreement* terms() const;                // in force, else proposed, else dropped: never null
};

// A row of the registry's table (docs/formats/store.md): what version of a subject is in force, and its state.
struct RegistryRow {
  Bytes key;    // kind || subject
  Bytes value;  // u64le index || u32le version || digest || u8 phase (agreements; else 0)
  bool operator==(const RegistryRow&) const = default;
};

// What apply() did, for the gate, the store and whoever watches.
struct RegistryChange {
  schemas::StatementKind kind = schemas::StatementKind::kGenesis;
  std::string subject;
  std::vector<AgreementId> agreements;  // whose policies must be printed anew or taken away; sorted
  std::vector<RegistryRow> rows;
};

class Registry {
 public:
  Registry() = default;
  Registry(Registry&&) = default;
  Registry& operator=(Registry&&) = default;

  // `trusted` leaves out signatures: for statements of one's own log, whose entries were verified when they came.
  Result<RegistryChange> apply(const StatementBytes& statement, LogIndex index, Instant log_time, bool trusted = false);

  // Whether apply() would take it as the next statement, and else why not; changes nothing.
  Status would_take(const StatementBytes& statement, Instant log_time) const;

  bool empty() const { return !genesis_; }
  const schemas::Genesis& genesis() const { return *genesis_; }  // requires !empty()
  const crypto::Suite& suite() const { return *suite_; }
  const std::string& origin() const { return genesis_->origin; }
  const Digest& network() const { return network_; }
  const MemberId& root_manager() const { return genesis_->root_manager; }
  Epoch epoch() const { return epoch_; }  // kNoIndex before genesis
  std::uint64_t statements() const { return statements_; }

  const RegisteredKey* broker_key(schemas::KeyUse use) const;
  const MemberRecord* member(const MemberId& id) const;
  bool member_valid(const MemberId& id, Instant now) const;
  const MemberRecord* member_with_transport(ByteView curve_public) const;
  // The key of this member with this id and use, valid now; nullptr otherwise.
  const RegisteredKey* key(const MemberId& member, const KeyId& key, schemas::KeyUse use) const;

  const Registered<schemas::Application>* application(const ApplicationId& id) const;
  const Registered<schemas::Duty>* duty(const DutyId& id) const;
  const Registered<schemas::Vocabulary>* term(schemas::VocabularyKind kind, const std::string& id) const;
  const Registered<schemas::Catalogue>* dataset(const DatasetId& id) const;
  const Registered<schemas::PolicySet>* policy_set(const std::string& subject) const;
  const AgreementRecord* agreement(const AgreementId& id) const;
  std::vector<const AgreementRecord*> agreements_of(const MemberId& user, const DatasetId& dataset) const;

  // Which subject a number in an entry names; nullptr for an index that is no statement's. Past versions included.
  struct Subject {
    schemas::StatementKind kind;
    std::string subject;
    std::uint32_t version;
  };
  const Subject* subject_at(LogIndex number) const;
  // Field names of a dataset as its catalogue statement at `number` ordered them; nullptr if that is none.
  const std::vector<FieldName>* fields_at(LogIndex number) const;
  struct DayLimit {
    std::uint64_t rows;
    std::int16_t day_offset_minutes;
  };
  // What the catalogue statement or agreement at `number`, in force or past, sets as limit; nullptr: none.
  const DayLimit* day_limit_at(LogIndex number) const;
  bool has_quotas() const { return !day_limit_at_.empty(); }  // any of them, ever

  // Sorted.
  std::vector<MemberId> members() const;
  std::vector<DatasetId> datasets() const;
  std::vector<AgreementId> agreements() const;
  std::vector<ApplicationId> applications() const;
  std::vector<DutyId> duties() const;
  std::vector<std::string> policy_sets() const;
  std::vector<RegistryRow> rows() const;  // all, sorted by key
  // Version and digest of a subject's last statement, for drawing up the next; {0, zero} if there is none.
  std::pair<std::uint32_t, Digest> last_version(schemas::StatementKind kind, const std::string& subject) const;

 private:
  Registry(const Registry&) = default;  // for would_take() alone: a registry is large
  friend class Fold;                    // registry_fold.h: one function for each kind of statement

  struct Version {
    LogIndex index;
    std::uint32_t version = 0;
    Digest digest;
  };
  RegistryRow row(schemas::StatementKind kind, const std::string& subject) const;
  void index_transports(const MemberRecord& record);
  void forget_agreement_of(const schemas::Agreement& terms);  // from agreements_of_

  std::optional<schemas::Genesis> genesis_;
  const crypto::Suite* suite_ = nullptr;
  Digest network_;
  Epoch epoch_ = kNoIndex;
  std::uint64_t statements_ = 0;
  std::vector<RegisteredKey> broker_keys_;
  // Hashed: every request asks for half a dozen of these. Their keys come from signed statements.
  std::unordered_map<MemberId, MemberRecord> members_;
  std::unordered_map<ApplicationId, Registered<schemas::Application>> applications_;
  std::unordered_map<DutyId, Registered<schemas::Duty>> duties_;
  std::unordered_map<std::string, Registered<schemas::Vocabulary>> terms_;  // by subject, "purpose/ID"
  std::unordered_map<DatasetId, Registered<schemas::Catalogue>> datasets_;
  std::unordered_map<std::string, Registered<schemas::PolicySet>> policy_sets_;
  std::unordered_map<AgreementId, AgreementRecord> agreements_;
  std::unordered_map<MemberId, std::unordered_map<DatasetId, std::vector<AgreementId>>> agreements_of_;
  std::map<std::pair<std::uint8_t, std::string>, Version> versions_;
  std::unordered_map<LogIndex, Subject> subjects_;
  std::unordered_map<LogIndex, std::vector<FieldName>> fields_at_;
  std::unordered_map<LogIndex, DayLimit> day_limit_at_;  // those that set one
  std::map<Bytes, MemberId> transports_;
  std::set<MemberId> claims_;  // members that have one
};

}  // namespace steelyard::exchange
