// Subscriber: reads one view's events: subscribes, checks, opens, remembers how far, acknowledges. For whoever applies
// an owner's changes.
//
// Subscriber::open() takes up the subscription that this folder keeps for the same question, or asks for one; what
// comes is handed to handle(), tick() follows each Node::step(). Events come out of take() in the log's order, each
// once in a process; after done(entry) the position is on disk and then acknowledged. A process that was killed in
// between is given those events again, with the same view and sequence. Who fell behind what the broker keeps, or whose
// subscription was lost, subscribes anew: a snapshot with `first` follows.
//
// An event counts only where everything holds: the owner's signature, the broker's promise, the view, its place behind
// the event before it, the content key, fields and rows. What does not raises an alarm and ends it.
// Owns: the file of its state, which holds keys (mode 0600). Threads: the Node's. Errors: tick() and done() fail where
// the state cannot be kept. Format: docs/formats/events.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/client/consumer.h"
#include "core/client/kept_subscription.h"
#include "core/exchange/event_key.h"

namespace steelyard::client {

struct ToldEvent {
  schemas::Event event;
  schemas::EventPayload payload;
  LogIndex entry;
};

class Subscriber {
 public:
  // `node` and `consumer` outlive it. It takes its own outcomes from the consumer: its tick() comes before whoever
  // takes all of them.
  static Result<std::unique_ptr<Subscriber>> open(Node& node, Consumer& consumer, Query query);
  ~Subscriber();

  void handle(const Incoming& message);
  Status tick();
  std::vector<ToldEvent> take();
  Status done(LogIndex entry);  // everything told up to there is the application's
  void stop();                  // no more is wanted; ended() follows

  bool subscribed() const;                         // it stands
  const std::optional<Error>& ended() const;       // why nothing more comes
  const ExchangeId& subscription() const;          // zero before it stands
  const std::vector<FieldName>& withheld() const;  // of what was asked, as far as this process knows

 private:
  struct State;
  explicit Subscriber(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace steelyard::client
