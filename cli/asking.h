// Asking: what `query`, `verify` and `subscribe` share: their options; and of the first two one exchange from question
// to outcome, the wait for its receipts.
//
// Threads: one. Errors: usage, naming the option; what Session and Consumer say.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/terminal.h"
#include "core/client/consumer.h"
#include "core/exchange/registry.h"

namespace steelyard::cli {

struct AskOptions {
  std::string home, dataset, purpose, application, agreement, operator_id, case_number;
  std::vector<std::string> where;
  std::string timeout = "30s";
  bool no_wait_receipt = false;

  void declare_question(Command& command);  // who asks, for what, and where from
  void declare(Command& command);           // all but the dataset and what is asked of it
};

// What the command line alone tells, before anybody is asked.
Result<client::Query> query_of(const AskOptions& options);
// The same of whoever asks for rows; `fields` by commas.
Result<client::Query> query_of(const AskOptions& options, const std::string& fields, bool strict);

// `field=value` and the like, typed by the catalogue; without a registry they are only read.
Result<std::vector<schemas::Parameter>> conditions_of(const std::vector<std::string>& texts, const DatasetId& dataset,
                                                      const exchange::Registry* registry);

// How the rest of an answer is told to people and to programs.
struct Telling {
  std::function<void(Terminal&, const client::Outcome&)> to_people;
  std::function<json::Value(const client::Outcome&, const Status& done, std::optional<bool> proved)> to_programs;
};

// `complete` makes the query whole once the registry is known.
Status ask_and_tell(Terminal& terminal, const AskOptions& options, client::Query query,
                    const std::function<Status(const exchange::Registry&, client::Query&)>& complete,
                    const Telling& telling);

// Status, entries and receipt, on standard error; `what` it holds.
void tell_outcome(Terminal& terminal, const client::Outcome& outcome, const std::string& what);

}  // namespace steelyard::cli
