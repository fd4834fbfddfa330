// Applications: the department's own systems at its adapter: the listener, their door and desk, and the member's
// consumer behind them.
//
// take() is given what each Node::step() handed out, turn() follows it. Owns: consumer, receipts (state/receipts), the
// server with its thread. Threads: the Node's; counts from any. Errors: config, store_failed, what cannot be listened
// on. Format: docs/formats/http.md.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/applications/desk.h"
#include "adapters/config.h"
#include "core/client/receipt_store.h"
#include "core/http/request_server.h"

namespace steelyard::adapters {

class Applications {
 public:
  // `node` outlives it. `say`: one line for the log, from any thread.
  static Result<std::unique_ptr<Applications>> open(const Config& config, client::Node& node, const Clock& clock,
                                                    std::function<void(std::string_view line)> say);
  ~Applications();

  // What concerns nobody but the consumer and readers of events is taken out.
  void take(std::vector<client::Incoming>& incoming);
  void turn();
  void ask_no_more();
  bool busy() const;              // calls wait
  std::size_t open() const;       // exchanges that applications wait for
  std::size_t streaming() const;  // streams of events
  const std::string& address() const;
  const http::RequestCounts& counts() const;

 private:
  struct State;
  explicit Applications(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace steelyard::adapters
