// Session: a verb's connection to the broker: a Node, brought up, with waiting made simple.
//
// Owns: the ZeroMQ context and the Node. Threads: main's.
// Errors: broker_away where the broker cannot be reached in time; an alarm of the Node's is printed, and one that
// contradicts the log ends the verb with verification_failed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/terminal.h"
#include "core/client/node.h"
#include "core/exchange/statement.h"

namespace steelyard::cli {

class Session {
 public:
  static Result<Session> connect(Terminal& terminal, const std::string& home, Duration within = seconds(10));

  client::Node& node() { return *node_; }
  const exchange::Registry& registry() const { return node_->registry(); }

  using Handle = std::function<void(const client::Incoming&)>;
  // Steps, handing on what comes, until `done` or the time is up; whether it was done.
  Result<bool> run(const Handle& handle, const std::function<bool()>& done, Duration within);

  // Sends a statement and waits for the log's word. The entry's index, once it also stands in our own replica.
  Result<LogIndex> submit(const exchange::StatementBytes& statement, Duration within = seconds(10));

 private:
  Session(Terminal& terminal, std::unique_ptr<net::Context> context, std::unique_ptr<client::Node> node)
      : terminal_(&terminal), context_(std::move(context)), node_(std::move(node)) {}
  Status tell_alarms();
  Error rejected(const schemas::Rejection& word, const exchange::StatementBytes& statement) const;

  Terminal* terminal_;
  std::unique_ptr<net::Context> context_;  // outlives the node
  std::unique_ptr<client::Node> node_;
};

}  // namespace steelyard::cli
