// What a Consumer is made of: open requests, finished ones that wait for their commit, reply keys. Private to consumer.
#pragma once

#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/client/consumer.h"
#include "core/client/hand_over.h"
#include "core/crypto/opening_key.h"
#include "core/exchange/answer_check.h"
#include "core/exchange/seal.h"

namespace steelyard::client {

struct Consumer::State {
  State(Node& used, ReceiptStore* kept_in, ConsumerOptions given)
      : node(used), receipts(given.keep_receipts ? kept_in : nullptr), options(given), hand_over(used) {}

  // A reply key lives until the last request that names it is gone.
  using ReplyKey = std::shared_ptr<const crypto::OpeningKey>;

  struct Open {
    schemas::Request request;
    MemberId owner;
    Digest digest;
    exchange::OutMessage message;
    ReplyKey reply;
    Duration asked;
    Duration expires;
    Duration sent;
    std::uint64_t session = 0;
    bool repeated = false;
    std::size_t claims = 0;
    // Of the frame that is being taken; Recorded makes use of both.
    std::optional<Incoming> grant_message;
    schemas::Grant grant;
    std::optional<Incoming> answer_message;
    schemas::Answer answer;
    bool holds_frame = false;  // through one of the two
  };

  struct Finished {
    Outcome outcome;
    KeptExchange kept;  // where `keep`
    bool keep = false;
    std::vector<exchange::Promise> promises;
    std::optional<Digest> opened;  // the answer, for the hand-over
    Instant expires;               // of the exchange that it closed
  };

  // consumer.cc
  Status prepare();
  Status check(const Query& query) const;
  void commit();
  void hold(exchange::Promise promise, const ExchangeId& about);
  void repeat(Duration now);
  void keep_receipts();
  void resume();
  Status resume(const KeptExchange& kept, Instant now);

  // consumer_handle.cc
  Open* find(const schemas::Head& head, const Incoming& message);
  void keep(Open& open, std::optional<Incoming>& place, const Incoming& message);
  void let_go_of_frames();
  void forget(std::unordered_map<ExchangeId, Open, FixedBytesHash>::iterator at);
  bool on_grant(const Incoming& message);
  void on_answer(const Incoming& message);
  void on_recorded(const Incoming& message);
  void on_refusal(const Incoming& message);
  void on_rejection(const Incoming& message);
  Status verify(Open& open, schemas::Recorded recorded, Finished& finished);
  Status open_answer(Open& open, const exchange::Granted& granted, Finished& finished);
  void finish(Open& open, Finished finished);
  void fail_open(Open& open, const Error& why, Finished finished);

  Node& node;
  ReceiptStore* receipts;
  ConsumerOptions options;
  HandOver hand_over;
  std::optional<exchange::Sealer> sealer;
  std::optional<exchange::Opener> opener;
  ReplyKey reply;
  Duration reply_since;
  std::unordered_map<ExchangeId, Open, FixedBytesHash> open;
  std::size_t frames_held = 0;  // by open requests
  std::vector<Finished> finished;
  std::vector<Outcome> outcomes;
  // Exchanges of each Received whose receipt is not here yet.
  std::unordered_map<ExchangeId, std::vector<ExchangeId>, FixedBytesHash> handed_over;
  Duration looked;
  Duration due;                   // before it no open request is to be repeated or given up, but for a new session
  std::uint64_t repeated_in = 0;  // session in which all that was open has been sent
  bool resumed = false;
};

}  // namespace steelyard::client
