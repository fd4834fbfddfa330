// Fold: one statement judged and taken into a Registry; one function for each kind of statement.
//
// Every function judges first and changes last, so that a refused statement leaves the registry as it was; and looks at
// who signed before it does what costs more than that, so that nobody is kept busy by what its author may not state.
// Owns: nothing; lives for one statement. Threads: that of the registry. Errors: statement_refused, malformed,
// bad_signature, each with the rule that is broken. Format: docs/formats/statement.md.
#pragma once

#include <functional>
#include <initializer_list>
#include <span>

#include "core/exchange/registry.h"

namespace steelyard::exchange {

// One statement as it came, decoded.
struct Incoming {
  const schemas::Statement* statement = nullptr;
  const Bytes* signatures = nullptr;
  Digest digest;
  LogIndex index;
  Instant log_time;
  bool trusted = false;
};

// Whose office key must have signed, in which right.
struct Signer {
  schemas::Role role;
  MemberId member;
  bool operator==(const Signer&) const = default;
};

class Fold {
 public:
  Fold(Registry& registry, const Incoming& incoming) : registry_(registry), in_(incoming) {}

  Result<RegistryChange> run();

 private:
  // An office key that this statement itself brings.
  struct BroughtKey {
    schemas::Role role;
    MemberId member;
    const schemas::Key* key;
  };
  using Signers = std::vector<Signer>;

  // fold_signatures.cc
  Status signed_by(const Signers& required) { return signed_by_one_of({required}); }
  // All of one of `ways` have signed; the author stands among them in the head's role; nothing invalid was added.
  Status signed_by_one_of(std::initializer_list<Signers> ways);
  Status check_signers(const std::vector<schemas::StatementSignature>& signatures,
                       std::initializer_list<Signers> ways) const;
  Status check_signature(const schemas::StatementSignature& signature) const;
  Result<crypto::VerifyingKey> brought_key(const schemas::StatementSignature& signature, bool& found) const;

  // registry_fold.cc
  Result<RegistryChange> judge();
  Status check_head() const;
  Status take(const schemas::Application& body);
  Status take(const schemas::Duty& body);
  Status take(const schemas::Catalogue& body);
  Status take(const schemas::PolicySet& body);
  Status check_catalogue(const schemas::Catalogue& body) const;

  // fold_member.cc
  Status take(const schemas::Genesis& body);
  Status take(const schemas::Member& body);
  Status check_member_keys(const MemberId& member, const std::vector<schemas::Key>& keys, const crypto::Suite& suite,
                           std::optional<schemas::KeyUse> also = {}) const;
  Status check_key_history(const MemberId& member, const schemas::Key& key) const;
  Result<std::vector<RegisteredKey>> replaced_keys(const MemberRecord* before,
                                                   const std::vector<schemas::Key>& keys) const;
  Result<RegisteredKey> registered(const schemas::Key& key) const;

  // fold_recovery.cc
  Status take_claim(const MemberId& id, const schemas::Member& body);
  // Whose hours are over by this statement's log time. Returns the records as they were: a refused statement undoes it.
  std::vector<MemberRecord> install_claims();
  void undo(std::vector<MemberRecord> records);

  // fold_vocabulary.cc
  Status take(const schemas::Vocabulary& body);
  bool term_valid(schemas::VocabularyKind kind, const std::string& id) const;

  // fold_conditions.cc
  Status check_conditions(const schemas::Agreement& terms) const;
  // Of the active agreements that stand on what this statement has changed: those whose conditions have fallen, or,
  // where it had `lapsed` in between, all.
  void suspend_fallen(bool lapsed, const std::function<bool(const schemas::Agreement&)>& stands_on_it);
  void enter(AgreementRecord& record, AgreementPhase phase) const;

  // fold_agreement.cc
  Status take(const schemas::Agreement& body);
  Status take(const schemas::Approval& body);
  void come_into_force(AgreementRecord& record);
  void drop_proposal(AgreementRecord& record) const;
  Status check_parties(const schemas::Agreement& body) const;
  Status check_same_parties(const schemas::Agreement& earlier, const schemas::Agreement& body) const;
  static Status check_masks(const schemas::Agreement& body, const std::vector<schemas::CatalogueField>& offered);
  Status check_scope(const schemas::Agreement& body) const;
  Status check_grounds(const schemas::Agreement& body) const;
  Status check_policy(const schemas::Agreement& body) const;

  // fold_agreement_state.cc
  Status take(const schemas::AgreementState& body);
  Status change(AgreementRecord& record, const schemas::AgreementState& body);
  Status change_version(AgreementRecord& record, const schemas::AgreementState& body);
  Status escalate(AgreementRecord& record, const schemas::AgreementState& body);
  Status decide(AgreementRecord& record, const schemas::AgreementState& body);

  const schemas::StatementHead& head() const { return in_.statement->head; }
  template <class Body>
  void put(Registered<Body>& to, const Body& body) const {
    if (head().version == 1) to.first = in_.index;
    to.number = in_.index;
    to.statement = body;
  }

  Registry& registry_;
  const Incoming& in_;
  std::vector<BroughtKey> brought_;
  std::vector<AgreementId> touched_;  // agreements whose rows and policies follow from this statement; sorted
};

// statement_refused with this rule.
tl::unexpected<Error> refused(std::string what);
Status check_day_offset(std::int16_t minutes);  // of an agreement or a catalogue statement
std::string quoted(std::string_view text);      // `text`

}  // namespace steelyard::exchange
