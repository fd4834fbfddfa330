// TraceSearch: everything in a log that an agreement, a member, a dataset, an application or a time names, in the log's
// order, from the agreement's proposal to the hand-over, with who signed it. For `steelyard trace`.
//
// Goes through the log twice: once to learn under which agreements it finds exchanges, so that their statements can be
// told in their place; once to tell. What it holds meanwhile is bounded by the registry, and by the answers of the last
// few minutes that wait for their hand-over, whatever the log's size.
// Owns: what it learnt. Threads: one. Errors: those of the store; verification_failed where entries do not decode.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/exchange/registry.h"
#include "core/json/json.h"
#include "core/provenance/log_store.h"

namespace steelyard::cli {

struct TraceWanted {  // all that is named must hold; empty: any
  std::string agreement, member, dataset, application;
  std::optional<Instant> since, until;

  bool names_subject() const {
    return !agreement.empty() || !member.empty() || !dataset.empty() || !application.empty();
  }
};

struct TraceStep {
  LogIndex index;
  std::string time;
  std::string what;       // "request, granted"
  std::string signed_by;  // "tax"; of a statement with rights: "user tax, owner civil-affairs"; "the broker"
  json::Value detail;
};

class TraceSearch {
 public:
  // Both outlive it. `registry` is as of the newest statement.
  TraceSearch(const provenance::LogStore& log, const exchange::Registry& registry, TraceWanted wanted)
      : log_(log), registry_(registry), wanted_(std::move(wanted)) {}

  Status run(const std::function<void(TraceStep)>& tell);

 private:
  using Each = std::function<Status(const provenance::StoredEntry&, const exchange::EntryBody&)>;
  Status walk(const Each& each);
  Result<bool> concerns(const provenance::StoredEntry& entry, const exchange::EntryBody& body);
  Result<bool> hands_over(const provenance::StoredEntry& entry, const exchange::EntryBody& body);
  bool matches(const exchange::EntryBody& body) const;
  bool named(LogIndex number, schemas::StatementKind kind, const std::string& subject) const;
  bool concerns_statement(const schemas::Statement& statement) const;
  Status tell_statement(const provenance::StoredEntry& entry, const exchange::EntryBody& body,
                        const std::function<void(TraceStep)>& tell) const;

  const provenance::LogStore& log_;
  const exchange::Registry& registry_;
  const TraceWanted wanted_;
  std::set<std::string> agreements_;           // under which something was found
  std::map<Digest, Instant> not_handed_over_;  // answers found, while their hand-over may come
};

// As `trace` calls it, for one exchange too; and parties, fields and epoch in one line for people, where JSON has all.
std::string step_name(const exchange::EntryBody& body);
std::string detail_text(const json::Value& entry);

}  // namespace steelyard::cli
