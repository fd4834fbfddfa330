// World: a whole network for tests: keys of everybody, and the statements that make it, signed and folded.
//
// Keys follow from names, so two worlds of one suite have the same ones. Statements get the log indexes 0, 1, 2, ...
// Everything that must succeed is checked; what a test wants refused goes through try_add().
// Owns: keys, statements, the registry. Threads: one. Errors: try_add() returns what the registry says.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/crypto/opening_key.h"
#include "core/exchange/registry.h"

namespace steelyard::exchange::testing {

struct MemberKeys {
  crypto::SigningKey office;
  crypto::SigningKey message;
  crypto::SigningKey cosign;
  crypto::OpeningKey seal;
  crypto::CurveKey transport;
  std::vector<schemas::Key> list() const;  // as a member statement holds them
};
struct BrokerKeys {
  crypto::SigningKey bundle;
  crypto::SigningKey log;
  crypto::CurveKey transport;
};

// `generation` makes other keys of the same member.
MemberKeys member_keys(const crypto::Suite& suite, const std::string& name, int generation = 0);
BrokerKeys broker_keys(const crypto::Suite& suite, const std::string& origin);

struct Signature {
  schemas::Role role;
  MemberId member;
  const crypto::SigningKey* key = nullptr;  // null: the member's office key
};

class World {
 public:
  static constexpr Instant kStart{1'795'000'000'000'000};  // 2026-11
  static inline const std::string kOrigin = "steelyard.test/city";
  static inline const MemberId kRoot{"data-bureau"};

  // Genesis only.
  explicit World(crypto::SuiteId suite = crypto::SuiteId::kStandard);
  // Also: owner `civil-affairs` with dataset `civil-affairs/household` (conditional; fields name, id_number, address,
  // head, members), user `tax` with application `tax-relief` and duty `tax-deduction`, purposes `deduction` and
  // `statistics`, basis `tax-law`, reasons `changed` and `misuse`, the baseline, and the active agreement
  // `tax-household` over name, id_number and address for `deduction`.
  static World city(crypto::SuiteId suite = crypto::SuiteId::kStandard);

  const crypto::Suite& suite() const { return *suite_; }
  const Registry& registry() const { return registry_; }
  Registry take_registry() { return std::move(registry_); }
  const std::vector<StatementBytes>& statements() const { return statements_; }  // in log order, from index 0
  const MemberKeys& keys(const MemberId& member) const { return members_.at(member); }
  const BrokerKeys& broker() const { return broker_; }
  Instant now() const { return now_; }  // log time of the next statement; a second later after each
  void pass(Duration time) { now_ = now_ + time; }
  const std::vector<Instant>& times() const { return times_; }  // log time of each statement

  // Head and body as they follow from the registry: the next version of `subject`, unsigned.
  schemas::Statement draw(const std::string& subject, schemas::StatementBody body, const MemberId& author,
                          schemas::Role role) const;
  StatementBytes sign(const schemas::Statement& statement, const std::vector<Signature>& by) const;
  StatementBytes sign_document(Bytes document, const std::vector<Signature>& by) const;
  Result<RegistryChange> try_add(const StatementBytes& statement);
  RegistryChange add(const StatementBytes& statement);
  // Drawn, signed by all of `by` (the first is the author) and tried.
  Result<RegistryChange> try_state(const std::string& subject, schemas::StatementBody body,
                                   const std::vector<Signature>& by);
  RegistryChange state(const std::string& subject, schemas::StatementBody body, const std::vector<Signature>& by);

  // What most tests need; each adds one statement, or as many as said.
  void add_member(const MemberId& member);
  void add_application(const ApplicationId& application, const MemberId& member);
  void add_duty(const DutyId& duty, const MemberId& holder);
  void add_vocabulary();  // the terms named at city()
  void add_baseline();    // deploy/policies/baseline.cedar
  void add_policy_set(const std::string& subject, const std::string& text);
  // Fields of type string but the last, a long; the second is an identifier.
  static schemas::Catalogue catalogue(const DatasetId& dataset, const DutyId& duty,
                                      const std::vector<std::string>& fields,
                                      schemas::SharingClass sharing_class = schemas::SharingClass::kConditional);
  void add_dataset(const schemas::Catalogue& catalogue);
  schemas::Agreement agreement(const AgreementId& id, const MemberId& user, const DatasetId& dataset,
                               const std::vector<std::string>& fields, const DutyId& user_duty) const;
  Result<RegistryChange> try_propose(const schemas::Agreement& agreement);  // by its user
  Result<RegistryChange> try_approve(const AgreementId& agreement, schemas::Role role);
  void add_agreement(const schemas::Agreement& agreement);  // proposal and three approvals
  Result<RegistryChange> try_change(const AgreementId& agreement, schemas::AgreementChange change,
                                    const std::vector<Signature>& by);
  // The next version of a term, changed; by the root manager.
  Result<RegistryChange> try_term(schemas::VocabularyKind kind, const std::string& id,
                                  const std::function<void(schemas::Vocabulary&)>& change);
  Result<RegistryChange> try_pass_duty(const DutyId& duty, const MemberId& to);

  void replace_keys(const MemberId& member, MemberKeys keys);  // of the world only, not of the registry

 private:
  const crypto::Suite* suite_;
  BrokerKeys broker_;
  std::map<MemberId, MemberKeys> members_;
  std::vector<StatementBytes> statements_;
  Registry registry_;
  Instant now_ = kStart;
  std::vector<Instant> times_;
};

schemas::Text text(const std::string& en);
std::string baseline_text();

}  // namespace steelyard::exchange::testing
