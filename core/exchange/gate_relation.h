// Gate::Relation: what a user's application and a dataset have to do with each other, found by one look-up.
//
// The registry and the policies keep it in a dozen tables, and each of them is another wait for memory. Made when it is
// first asked for, forgotten with the next statement: its pointers are the registry's. Private to gate*.cc.
// Owns: its lists. Threads: the gate's. Errors: none; what is not registered is null.
#pragma once

#include "core/exchange/gate.h"

namespace steelyard::exchange {

struct Gate::Relation {
  struct Agreed {
    const AgreementRecord* record;
    const policy::EntityUid* uid;
  };

  const MemberRecord* user = nullptr;
  const Registered<schemas::Application>* application = nullptr;  // of whichever member
  const policy::EntityUid* application_uid = nullptr;
  const Registered<schemas::Catalogue>* catalogue = nullptr;
  const Offered* offered = nullptr;
  const MemberRecord* owner = nullptr;
  const Registered<schemas::PolicySet>* baseline = nullptr;
  const Registered<schemas::PolicySet>* owners_set = nullptr;
  std::vector<Agreed> agreements;           // of user and dataset, proposed and ended ones too
  std::optional<policy::Applicable> group;  // for the dataset's fields, where they are one group

  // From the first until before the second, nothing of all this begins or ends to be valid.
  Instant steady_from, steady_until;

  // Whether the application is the user's, and dataset and members are registered.
  bool complete() const {
    return user != nullptr && application != nullptr && application->statement.member == user->id &&
           catalogue != nullptr && owner != nullptr;
  }
};

}  // namespace steelyard::exchange
