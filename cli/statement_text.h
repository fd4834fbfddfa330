// Statements and entries as JSON for people and programs: what `show`, `list` and `sign` print.
//
// Threads: pure. Errors: none.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "core/exchange/decided_by.h"
#include "core/exchange/entry.h"
#include "core/exchange/registry.h"

namespace steelyard::cli {

json::Value describe(const schemas::Statement& statement);
json::Value describe(const schemas::Text& text);
json::Value describe_body(const schemas::StatementBody& body);
// Numbers become the names that the registry knows; without one they stay numbers.
json::Value describe(const exchange::EntryBody& entry, const exchange::Registry* registry);
// Sets `decided_by`, or of an error `erred`, of an entry's description: [{"policy", "entry"}].
void add_decided_by(const exchange::DecidedBy& decided_by, const exchange::Registry& registry, json::Value& entry);
json::Value index_value(LogIndex index);  // null for kNoIndex

// "owner", "user" or "manager": the right that this member has in an agreement, the owner's first; empty: none.
std::string role_in(const schemas::Agreement& terms, const MemberId& member);

// Prints what statement this is and where it stands: its entry, or the file that waits for others' signatures.
Status print_recorded(Terminal& terminal, const crypto::Suite& suite, const exchange::StatementBytes& statement,
                      LogIndex index);
Status print_written(Terminal& terminal, const crypto::Suite& suite, const exchange::StatementBytes& statement,
                     const std::string& file);
json::Value describe(const std::vector<schemas::StatementSignature>& signatures);  // who signed in which right

}  // namespace steelyard::cli
