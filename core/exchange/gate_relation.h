// Gate::Relation: what a user's application and a dataset have to do with each other, found by one look-up.
//
// The registry and the policies keep it in a dozen tables, and each of them is another wait for memory; so is each
// record, of which the usual question needs a few numbers: they stand here, too. Made when it is first asked for,
// forgotten with the next statement: its pointers are the registry's, and no copy goes stale. Private to gate*.cc.
// Owns: its lists. Threads: the gate's. Errors: none; what is not registered is null.
#pragma once

#include <bitset>
#include <span>

#include "core/exchange/gate.h"

namespace steelyard::exchange {

struct Gate::Relation {
  // An agreement and its version in force; where it has none, a mere proposal, it has no number and covers nothing.
  struct Agreed {
    Agreed(const AgreementRecord& of, const Registry& registry, policy::EntityUid entity,
           const schemas::Catalogue& catalogue);

    // Why it does not carry the question; 0 where it does.
    ErrorCode unfit(const Question& question, Instant now) const;
    // It would carry the question if it were in force: then that is what to say.
    bool would_fit(const Question& question) const;

    const AgreementRecord* record;
    policy::EntityUid uid;
    AgreementId id;
    AgreementPhase phase;
    std::bitset<8> actions;  // by number
    StandingTerms terms;     // with the catalogue statement
    LogIndex number = kNoIndex;
    Instant valid_from;
    std::optional<Instant> valid_until;
    std::span<const PurposeId> purposes;  // the record's
    const Registered<schemas::Vocabulary>* basis = nullptr;
  };

  const MemberRecord* user = nullptr;
  const Registered<schemas::Application>* application = nullptr;  // of whichever member
  const policy::EntityUid* application_uid = nullptr;
  const Registered<schemas::Catalogue>* catalogue = nullptr;
  LogIndex catalogue_number = kNoIndex;
  StandingTerms bare;  // the catalogue statement's, where no agreement decides
  const Offered* offered = nullptr;
  const MemberRecord* owner = nullptr;
  // What the dataset itself stands on; where it names no basis, that is no condition.
  bool duty_held = false;
  bool names_basis = false;
  const Registered<schemas::Vocabulary>* basis = nullptr;
  const Registered<schemas::PolicySet>* baseline = nullptr;
  const Registered<schemas::PolicySet>* owners_set = nullptr;
  std::vector<Agreed> agreements;           // of user and dataset, proposed and ended ones too
  std::optional<policy::Applicable> group;  // for the dataset's fields, where they are one group

  // From the first until before the second, nothing of all this begins or ends to be valid.
  Instant steady_from, steady_until;

  // Dataset and owner are registered. A basis may end by time alone, of which no statement tells.
  bool stands(Instant now) const;
  // Whether the application is the user's, and dataset and members are registered.
  bool complete() const {
    return user != nullptr && application != nullptr && application->statement.member == user->id &&
           catalogue != nullptr && owner != nullptr;
  }
};

}  // namespace steelyard::exchange
