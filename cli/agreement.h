// What the verbs of `steelyard agreement` share: finding the agreement that is meant, and the right in which one acts.
//
// Threads: main's. Errors: usage, naming what is known instead.
#pragma once

#include "cli/desk.h"

namespace steelyard::cli {

// "there are `a`, `b` and 3 more": those that a slip of the keyboard may have meant first.
std::string near_names(const exchange::Registry& registry, const std::string& id);
Result<const exchange::AgreementRecord*> agreement_in(const exchange::Registry& registry, const std::string& id);

Status check_role(const std::string& role);  // empty, or the name of one
// The right that was named, else the one that the member has in the agreement.
Result<schemas::Role> own_role(const std::string& role, const schemas::Agreement& terms, const MemberId& member);

void register_changes(Command& noun);          // suspend, resume, end
void register_version_changes(Command& noun);  // return, refuse, withdraw, escalate, decide
void register_narrow(Command& noun);
void register_views(Command& noun);            // pending, review

}  // namespace steelyard::cli
