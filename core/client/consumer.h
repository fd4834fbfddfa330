// Consumer: asks, checks answers, keeps receipts, acknowledges. The C++ API of whoever uses data.
//
// ask() builds, seals and queues a request; handle() takes what Node::step() hands back; outcomes come out of
// take_outcomes(), each once. An answer is given out only when all of it holds: grant, promises, author's bundle,
// request binding, seal, commitment, fields and rows against the content. Its digest goes into the next Received.
// A request without answer is repeated, the same bytes, after each new session and every second, until `expires`. A
// rejection ends it, but for one of a repeat that only says "later".
//
// A restarted one repeats no request: whoever asked asks anew. Of the exchanges that its receipt store keeps it goes on
// proving the promises and handing over the answers that the last process did not come to.
//
// Owns: reply keys (in memory, changed hourly), open requests. Threads: one, the Node's.
// Errors: ask() fails on what can be seen at once (unknown owner key, no session: broker_away).
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/client/node.h"
#include "core/client/receipt_store.h"
#include "core/crypto/opening_key.h"
#include "core/exchange/truths.h"
#include "schemas/messages.h"
#include "schemas/payload.h"

namespace steelyard::client {

struct Query {
  ApplicationId application;
  DatasetId dataset;
  PurposeId purpose;
  AgreementId agreement;                       // empty: the one that matches
  std::vector<FieldName> fields;               // none of a verify
  std::vector<schemas::Parameter> claims;      // of a verify, on other fields than its parameters
  std::vector<schemas::Parameter> parameters;  // conditions; of a verify those that select the record by its key
  std::string operator_id;
  std::string case_number;
  bool strict = false;
  Duration life = seconds(30);
  schemas::Action action = schemas::Action::kQuery;
  // That the answer is to be sealed to; null: one of the consumer's own, which lives in memory alone.
  std::shared_ptr<const crypto::OpeningKey> reply = nullptr;
};

enum class OutcomeKind : std::uint8_t { kAnswered, kRefused, kRejected, kTimedOut };

struct Outcome {
  ExchangeId id;
  OutcomeKind kind = OutcomeKind::kTimedOut;
  ErrorCode code = 0;                     // why not, or the reason of an answer with status no
  std::uint32_t delay_ms = 0;             // of a rejection, or of an owner's no: not before
  std::vector<FieldName> withheld;        // of an answer; of a refusal: the fields concerned
  std::vector<schemas::Mask> masks;       // of an answer: fields that the grant had masked, and how
  std::optional<schemas::Answer> answer;  // envelope
  schemas::Rows rows;
  AgreementId agreement;                // that an answer rests on; empty: none
  std::vector<exchange::Truth> truths;  // of a verify, one for each claim
  LogIndex request_entry = kNoIndex;
  LogIndex closing_entry = kNoIndex;  // answer or refusal
  Duration took;                      // monotonic

  // Whether the log holds an entry of it, so that there is a receipt.
  bool is_recorded() const { return kind == OutcomeKind::kAnswered || kind == OutcomeKind::kRefused; }
  // nullptr where none was verified.
  const schemas::Answer* verified_answer() const {
    return kind == OutcomeKind::kAnswered && answer ? &*answer : nullptr;
  }
};

struct ConsumerOptions {
  bool keep_receipts = true;  // false: nothing is written (bench); verification is the same
  bool prove = true;          // hold promises until they are proved
};

class Consumer {
 public:
  // `node` outlives it; `receipts` may be null where keep_receipts is false.
  Consumer(Node& node, ReceiptStore* receipts, ConsumerOptions options);
  ~Consumer();

  Result<ExchangeId> ask(const Query& query);
  // Whether the message is about a request of ours and concerns nobody else of this process.
  bool handle(const Incoming& message);
  void tick();  // after each Node::step(): repeats, time-outs, Received
  std::vector<Outcome> take_outcomes();
  std::optional<Outcome> take_outcome(const ExchangeId& id);  // that one alone
  std::size_t open() const;
  std::size_t unacknowledged() const;  // opened answers whose Received is not recorded yet

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace steelyard::client
