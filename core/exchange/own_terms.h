// The owner's own judgement of a grant: what it signed itself holds, whatever the broker says.
//
// A grant must lie within the agreement that the owner approved (or, for an unconditional dataset, its own catalogue
// statement), as the owner's replica has them; the strictest of both holds, and what the owner masks comes masked.
// Deciding here needs no policies.
//
// What the numbers of an entry stand for is looked up once and kept until the next statement: it lies in half a dozen
// tables of the replica, and with a thousand agreements none of that is in the cache when it is asked for again.
// Owns: copies. Threads: one. Errors: grant_outside_agreement, withdrawn_locally, naming what exceeds.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/exchange/gate.h"
#include "core/exchange/mask.h"
#include "core/exchange/quota.h"

namespace steelyard::exchange {

struct OwnTerms {
  std::vector<FieldName> fields;  // in the grant's order
  std::map<FieldName, MaskRule> masks;
  std::uint32_t rows_max = 0;
  std::shared_ptr<const RowFilter> filter;  // null: every row
  std::vector<Quota> quotas;                // of a day's rows, this answer's among them
  AgreementId agreement;                    // empty: none decides
};

class OwnJudge {
 public:
  explicit OwnJudge(MemberId owner) : owner_(std::move(owner)) {}

  // `replica` is the same one each time. `suspended_here`: agreements that the owner's office has stopped in this
  // adapter, broker or no broker.
  Result<OwnTerms> judge(const Registry& replica, const schemas::Request& request, const schemas::Grant& grant,
                         const EntryBody& entry, const std::set<AgreementId>& suspended_here, Instant now);

 private:
  // Of an entry: member, peer, application, dataset, purpose, agreement, action.
  using Numbers = std::array<LogIndex, 7>;
  struct Hash {
    std::size_t operator()(const Numbers& numbers) const;
  };
  // What they stand for, under one epoch.
  struct Ground {
    MemberId user;
    ApplicationId application;
    DatasetId dataset;
    PurposeId purpose;
    AgreementId agreement;          // empty: none is needed
    std::vector<FieldName> fields;  // the catalogue's
    std::vector<schemas::ValueType> types;
    FieldSet agreed;
    StandingTerms terms;
    std::vector<Quota> quotas;
    std::optional<Instant> valid_from, valid_until;  // the agreement's
    // The first and last instant, by the skew, at which all legal bases hold that this stands on.
    std::optional<Instant> bases_from, bases_until;
  };
  static Status stand_on(Ground& ground, const Registry& replica, const BasisId& basis);
  Result<Ground> look_up(const Registry& replica, const schemas::Request& request, const EntryBody& entry) const;
  static Result<std::map<FieldName, MaskRule>> judge_masks(const Ground& ground, const schemas::Request& request,
                                                           const schemas::Grant& grant);
  Result<const Ground*> ground_of(const Registry& replica, const schemas::Request& request, const EntryBody& entry);

  MemberId owner_;
  std::unordered_map<Numbers, Ground, Hash> grounds_;  // at most limits::kRelationsMax
  Epoch epoch_ = kNoIndex;
  TermsDigest terms_digest_;
};

}  // namespace steelyard::exchange
