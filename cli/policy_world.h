// PolicyWorld: a network of agreements to measure deciding with: entities, policies and requests as the gate has them.
//
// Everything follows from how many agreements there are: twenty on each dataset, each with another user; a dataset has
// 24 fields, of which an agreement grants 20. Policies are printed by the generator of agreement policies, entities and
// contexts are those of docs/formats/policy.md.
// Owns: names of its purposes. Threads: any. Errors: none.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "policy/entities.h"
#include "policy/policy_set.h"
#include "policy/request.h"
#include "schemas/statement.h"

namespace steelyard::cli {

class PolicyWorld {
 public:
  static constexpr std::size_t kFields = 24, kGranted = 20, kPurposes = 8;

  explicit PolicyWorld(std::size_t agreements);

  std::size_t agreements() const { return agreements_; }

  // The nth, from 0; those from agreements() on are further ones of the same datasets and users, for whoever adds some.
  schemas::Agreement agreement(std::size_t nth) const;
  Status put_agreement(std::size_t nth, policy::PolicySet& to) const;
  static std::string policy_id(std::size_t nth);
  std::string policy_text(std::size_t nth) const;
  Status put_agreements(policy::PolicySet& to) const;
  Status put_entities(policy::Entities& to) const;

  // What the application of an agreement's user asks about a field, under that agreement. A purpose that is not of the
  // agreement is asked for on demand.
  policy::Request request(std::size_t agreement, std::size_t field, bool right_purpose = true) const;
  bool granted(std::size_t agreement, std::size_t field) const;
  policy::Request granted_request() const;  // one that is allowed, always the same
  policy::EntityUid field(std::size_t agreement, std::size_t field) const;

 private:
  std::size_t dataset_of(std::size_t nth) const { return nth % datasets_; }
  std::size_t user_of(std::size_t nth) const { return (nth % datasets_ * 7 + nth / datasets_) % users_; }
  MemberId owner(std::size_t dataset) const;
  DatasetId dataset(std::size_t nth) const;

  std::size_t agreements_, datasets_, owners_, users_;
};

}  // namespace steelyard::cli
