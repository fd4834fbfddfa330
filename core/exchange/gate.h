// The gate: one policy decision per field, for fields returned and fields tested alike; a verdict or a refusal.
//
// INVARIANT(deny-on-error): any error in deciding refuses; no baseline in force refuses everything.
// The gate keeps entities and policies that follow from a Registry; on_change() brings them up to date after each
// statement, weigh() only reads. No verdict is remembered.
// Owns: policies and entities. Threads: one thread changes it; weigh() from any thread while nobody does.
#pragma once

#include <optional>
#include <vector>

#include "core/exchange/entry.h"
#include "core/exchange/registry.h"
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

// Masks, row filter and limits: what the owner must keep to.
struct Terms {
  std::vector<schemas::Mask> masks;
  std::string row_filter;
  std::uint32_t rows_max = 0;
  Digest digest(const crypto::Suite& suite) const;
};

// Made by its named factories only, so that no verdict lacks its evidence.
class Verdict {
 public:
  static Verdict permit(FieldSet returned, FieldSet tested, std::vector<FieldName> fields,
                        std::vector<FieldName> withheld, Terms terms);
  static Verdict refuse(ErrorCode reason, std::vector<FieldName> concerned = {});

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
  Digest terms_digest;  // of a permit; zero otherwise

  // Same decision on the same grounds, epoch apart: what a recheck compares.
  bool same_as(const Verdict& other) const;
  // The same, where the earlier verdict is known by its entry alone.
  bool same_as(const EntryBody& request_entry) const;

 private:
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

  // After registry.apply(): the entities and policies that the change touches.
  Status on_change(const RegistryChange& change);
  Status rebuild();  // from the whole registry

  Verdict weigh(const Question& question, Instant now) const;

 private:
  // What weighing needs of a dataset, made when its catalogue statement is folded.
  struct Offered {
    MemberId owner;
    policy::EntityUid dataset;
    std::vector<policy::EntityUid> fields;                  // in the catalogue's order
    std::vector<const policy::Entities::Known*> known;      // of the fields; stays where it is while the field exists
    std::vector<std::pair<FieldName, std::size_t>> places;  // in the catalogue, by name: one piece of memory
  };
  struct Weighing;  // one question on its way (gate.cc)

  Status put_member(const MemberId& id);
  Status put_application(const ApplicationId& id);
  Status put_duty(const DutyId& id);
  Status put_dataset(const DatasetId& id);
  Status put_policy_set(const std::string& subject);
  Status put_agreement(const AgreementId& id);
  ErrorCode check_question(Weighing& weighing) const;
  ErrorCode select_agreement(Weighing& weighing) const;
  ErrorCode match_agreement(Weighing& weighing) const;
  bool policy_in_force(const std::string& subject, Instant now) const;
  Verdict decide(Weighing& weighing) const;

  const Registry* registry_;
  std::unordered_map<DatasetId, Offered> offered_;
  // As entities; made once.
  std::unordered_map<ApplicationId, policy::EntityUid> application_uids_;
  std::unordered_map<AgreementId, policy::EntityUid> agreement_uids_;
  policy::EntityUid query_{"Action", "query"};
  policy::Entities entities_;
  policy::PolicySet policies_;
};

// Owners' sets may only speak of their own: every policy's resource scope must name one of the owner's systems,
// datasets or fields. Baseline sets may say anything. Used when a policy set statement is folded.
Status check_policy_set(const std::string& subject, std::string_view text, const Registry& registry);

// An entry body for this verdict on this request; index-independent parts only.
EntryBody entry_of(const Verdict& verdict, const schemas::Request& request, const Digest& digest, Instant log_time);

}  // namespace steelyard::exchange
