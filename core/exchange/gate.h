// The gate: one policy decision per field, for fields returned and fields tested alike; a verdict or a refusal.
//
// INVARIANT(deny-on-error): any error in deciding refuses, and so does more than limits::kWeighingStepsMax steps of it;
// no baseline in force refuses everything.
// The gate keeps entities and policies that follow from a Registry; on_change() brings them up to date after each
// statement. What it looks up to weigh a question it keeps for the next one (Relation); no verdict is remembered.
// Owns: policies and entities. Threads: one owner.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/exchange/decided_by.h"
#include "core/exchange/entry.h"
#include "core/exchange/explained.h"
#include "core/exchange/registry.h"
#include "core/exchange/terms.h"
#include "policy/authorizer.h"
#include "schemas/messages.h"

namespace steelyard::exchange {

// What is asked, free of bytes: from a Request, or from an entry and the registry when it is weighed again.
struct Question {
  MemberId user;
  ApplicationId application;
  DatasetId dataset;
  schemas::Action action = schemas::Action::kQuery;
  PurposeId purpose;
  AgreementId agreement;  // empty: the one that matches
  std::vector<FieldName> fields;
  std::vector<FieldName> conditions;
  bool strict = false;
  bool operator_present = false;
  bool case_present = false;
};
Question question_of(const schemas::Request& request);
// Of a recorded request, its dataset read in the registry's past versions. Errors where a number names nothing.
Result<Question> question_of(const EntryBody& request_entry, const Registry& registry);

// Made by its named factories only, so that no verdict lacks its evidence.
class Verdict {
 public:
  static Verdict permit(FieldSet returned, FieldSet tested, std::vector<FieldName> fields,
                        std::vector<FieldName> withheld, Terms terms);
  static Verdict refuse(ErrorCode reason, std::vector<FieldName> concerned = {});
  // What was permitted and is refused for another reason than a policy, with the same numbers.
  static Verdict refuse_instead(const Verdict& permitted, ErrorCode reason);

  void copy_numbers(const Verdict& from);
  bool permitted() const { return reason_ == 0; }
  ErrorCode reason() const { return reason_; }
  const std::vector<FieldName>& fields() const { return fields_; }      // permitted
  const std::vector<FieldName>& withheld() const { return withheld_; }  // of a refusal: the fields concerned
  const FieldSet& returned() const { return returned_; }
  const FieldSet& tested() const { return tested_; }
  const Terms& terms() const { return terms_; }
  // Numbers for the entry; kNoIndex where the registry has none.
  LogIndex member = kNoIndex, peer = kNoIndex, application = kNoIndex, dataset = kNoIndex, purpose = kNoIndex,
           agreement = kNoIndex;
  Epoch epoch = kNoIndex;
  Digest terms_digest;    // of a permit; zero otherwise
  DecidedBy decided_by;   // about any field that was asked for; of an error, those that erred
  std::size_t steps = 0;  // of evaluation that deciding took (policy/evaluator.h)
  // Of a permit: until then, and while no statement is folded, nothing begins or ends to be valid that it rests on.
  Instant holds_until;

  // Same decision on the same grounds, epoch apart: what a recheck compares.
  bool same_as(const Verdict& other) const;
  // The same, where the earlier verdict is known by its entry alone.
  bool same_as(const EntryBody& request_entry) const;

 private:
  friend class Gate;
  ErrorCode reason_ = 0;
  std::vector<FieldName> fields_;
  std::vector<FieldName> withheld_;
  FieldSet returned_;
  FieldSet tested_;
  Terms terms_;
};

class Gate {
 public:
  // Follows `registry`, which must outlive it.
  explicit Gate(const Registry& registry);
  ~Gate();

  // After registry.apply(): the entities and policies that the change touches.
  Status on_change(const RegistryChange& change);
  Status rebuild();  // from the whole registry
  const policy::Entities& entities() const { return entities_; }

  Verdict weigh(const Question& question, Instant now);
  // The same of every field that the catalogue has, whatever fields and conditions the question names, with who
  // decided.
  Explained explain(const Question& question, Instant now);
  // The same permit of at most so many rows; digest and all.
  void limit_rows(Verdict& verdict, std::uint32_t rows_max);

 private:
  // What weighing needs of a dataset, made when its catalogue statement is folded.
  struct Offered {
    MemberId owner;
    policy::EntityUid dataset;
    std::vector<policy::Value> fields;  // entities, in the catalogue's order
    // Of each field, or of one that is alike: asking about many then looks at few. Stays while the fields exist.
    std::vector<const policy::Entities::Known*> known;
    std::vector<std::pair<FieldName, std::size_t>> places;  // in the catalogue, by name: one piece of memory
  };
  struct Relation;  // what a user's application and a dataset have to do with each other by an action (gate_relation.h)
  struct Weighing;  // one question on its way (gate.cc)

  Status put_subject(const RegistryChange& change);
  Status put_member(const MemberId& id);
  Status put_application(const ApplicationId& id);
  Status put_duty(const DutyId& id);
  Status put_dataset(const DatasetId& id);
  Status put_policy_set(const std::string& subject);
  Status put_agreement(const AgreementId& id);
  const policy::EntityUid& action_uid(schemas::Action action) const {
    if (action == schemas::Action::kVerify) return verify_;
    return action == schemas::Action::kSubscribe ? subscribe_ : query_;
  }
  Relation& relation_of(const Question& question);
  Relation make_relation(const Question& question) const;
  Instant steady_until(Relation& relation, Instant now) const;
  ErrorCode check_question(Weighing& weighing) const;
  ErrorCode select_agreement(Weighing& weighing) const;
  ErrorCode match_agreement(Weighing& weighing) const;
  Verdict decide(Weighing& weighing);
  Verdict decide_fields(Weighing& weighing, policy::Decider& decider);
  DecidedBy decided_by(const Weighing& weighing) const;
  DecidedBy::Policy named(const std::string& policy) const;  // one that the gate put, by its id
  static Shown shown(const Weighing& weighing, const StandingTerms::Masked* masked, const policy::Decision& decision,
                     ExplainedField& field);

  const Registry* registry_;
  std::unordered_map<DatasetId, Offered> offered_;
  // As entities; made once.
  std::unordered_map<ApplicationId, policy::EntityUid> application_uids_;
  std::unordered_map<AgreementId, policy::EntityUid> agreement_uids_;
  policy::EntityUid query_{"Action", "query"}, subscribe_{"Action", "subscribe"}, verify_{"Action", "verify"};
  policy::Entities entities_;
  policy::PolicySet policies_;
  TermsDigest terms_digest_;
  std::set<std::string> time_readers_;  // policy sets that may look at `context.now`

  // Of `relations_epoch_`, whose pointers they hold: forgotten with the next statement.
  std::unordered_map<std::string, std::unique_ptr<Relation>> relations_;
  Epoch relations_epoch_ = kNoIndex;
  std::unique_ptr<Relation> unregistered_;  // the last one that something is missing of
  std::string key_;                         // scratch
};

// Policies must validate against schemas/steelyard.cedarschema. Owners' sets may only speak of their own: every
// policy's resource scope must name one of the owner's systems, datasets or fields. Baseline sets may speak of
// anything. Used when a policy set statement is folded. Errors: "line:column: rule: what is wrong; what to do".
Status check_policy_set(const std::string& subject, std::string_view text);

// An entry body for this verdict on this request; index-independent parts only.
EntryBody entry_of(const Verdict& verdict, const schemas::Request& request, const Digest& digest, Instant log_time);

}  // namespace steelyard::exchange
