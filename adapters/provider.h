// Provider: the owner's side of an exchange: checks a request and its grant, reads, seals, records, answers.
//
// serve() takes what one Node::step() handed back. For each request with its grant: the grant is the broker's promise
// about this request and says what the entry says; it lies within what the owner itself signed; the digest was not
// executed yet; the payload opens and keeps to the envelope. Then only granted fields are read, with bound parameters,
// masked as granted, sealed to the request's key, recorded in the access ledger. All of one call share one ledger
// commit; nothing of what they answered is given to the bus before it.
//
// A request to subscribe is checked like any; the publisher then names its view, and the answer bears no rows.
//
// A repeat gets the same bytes while they are kept, else the rejection `gone`. A source's no is an answer, recorded
// like any. What contradicts the owner's own agreement is rejected and raises an alarm with the grant as evidence.
//
// INVARIANT(once) at the owner and INVARIANT(ledger-before-answer) are enforced here.
// Owns: sources, sealing contexts, kept answers. Threads: one. Errors: kStop only: ledger or suspensions cannot be
// relied on any more. Format: docs/formats/messages.md, ledger.md.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/alarms.h"
#include "adapters/kept_answers.h"
#include "adapters/ledger.h"
#include "adapters/provider_bus.h"
#include "adapters/publisher.h"
#include "adapters/row_source.h"
#include "adapters/suspension.h"
#include "core/client/node.h"
#include "core/exchange/own_terms.h"
#include "core/exchange/seal.h"

namespace steelyard::adapters {

struct ProviderOptions {
  MemberId member;
  KeyId message_key;                             // that signs the bundles: stands in the heads
  const crypto::OpeningKey* seal_key = nullptr;  // outlives the provider
  std::size_t kept_bytes_max = limits::kKeptAnswersBytesMax;
  Duration source_timeout = seconds(2);
  Pauses* pauses = nullptr;                        // outlives the provider; none: no source is ever paused
  Publisher* publisher = nullptr;                  // outlives it; null: nobody subscribes here
  std::uint64_t verify_attempts_per_day = 50;      // claims of one user about one record
  std::function<void(std::string_view line)> say;  // rejections, one line a second for each code at most
};

struct ProviderCounters {  // only grow
  std::uint64_t requests = 0, answers = 0, rows = 0, noes = 0, repeats = 0, rejections = 0, source_reads = 0;
  std::map<ErrorCode, std::uint64_t> rejected;  // the rejections, by reason
};

// How one dataset's source has served. A parameter that does not fit is the asker's fault, and no failed read.
struct SourceState {
  std::uint64_t reads = 0;
  std::map<ErrorCode, std::uint64_t> failed;  // reads, by reason
  ErrorCode reason = 0;                       // why the newest read failed; 0: it did not
  std::string why;                            // the same in words: names of files, fields and columns, never values
  std::optional<Instant> newest;              // read
  // Reads that the owner's limits did not let through, by what held them: "paused", "hours", "rows", "time".
  std::map<std::string_view, std::uint64_t> held_back;
  std::string_view holding;  // what holds the next read, as of the last request or look; empty: nothing
  bool failing() const { return reason != 0; }
};

class Provider {
 public:
  // All four outlive it. `ledger` is synced up to what it holds.
  Provider(ProviderOptions options, std::vector<std::unique_ptr<RowSource>> sources, Ledger& ledger,
           Suspensions& suspensions, Alarms& alarms, const Clock& clock);

  // Takes grants and requests out of `incoming`; other kinds are left to others.
  Status serve(const std::vector<client::Incoming>& incoming, ProviderBus& bus);

  const ProviderCounters& counters() const { return counters_; }
  std::map<DatasetId, SourceState> sources() const;

 private:
  struct Job;       // one request on its way through: provider_job.h
  struct Reading {  // what came out of a source
    schemas::Rows rows;
    std::vector<Digest> key_hashes;
    schemas::AnswerStatus status = schemas::AnswerStatus::kComplete;
    ErrorCode reason = 0;
    std::optional<Instant> as_of;
    bool truths = false;         // `rows` are no rows, but what came of claims
    std::uint32_t delay_ms = 0;  // of a no
    std::vector<DayCount> attempts;
  };
  struct Granted {
    client::Incoming message;
    schemas::Grant grant;
  };
  struct Source {
    std::unique_ptr<RowSource> rows;
    SourceState state;
  };
  struct Waiting {
    exchange::OutMessage message;
    std::uint64_t ledger_size = 0;  // that must be synced before it leaves
  };

  void take_grant(const client::Incoming& message);
  std::optional<Granted> grant_of(const Digest& request);
  void set_newest_grant_aside();
  Status serve_request(const client::Incoming& message, ProviderBus& bus);
  Status check(Job& job);  // errors: what to reject with
  Status open(Job& job);   // the same
  Result<KeyId> reply_key_of(const Job& job);
  Result<Reading> read(Job& job);
  Result<Reading> hold_claims(Job& job, Source& source);  // provider_verify.cc
  Digest mask_key_of(const Job& job) const;
  Instant counted_at(const Job& job) const;
  Result<std::uint32_t> rows_left(const Job& job);  // of its grant, as our own ledger counts
  Result<Reading> begin(Job& job);                  // a subscription: an answer without rows
  Reading no(const Job& job, const Error& why);
  Result<ReadResult> read_source(Source& source, const ReadPlan& plan);
  void note(SourceState& state, const Result<ReadResult>& result) const;
  Status answer(Job& job, Reading reading);
  void repeat(const Job& job, ProviderBus& bus);
  void reject(const Job& job, const Error& why, ProviderBus& bus);
  schemas::Head head_towards_user(const Job& job, schemas::MessageKind kind) const;
  void release_synced(ProviderBus& bus);
  Status commit(ProviderBus& bus);

  ProviderOptions options_;
  std::unordered_map<DatasetId, Source> sources_;
  Ledger* ledger_;
  Suspensions* suspensions_;
  Alarms* alarms_;
  const Clock* clock_;
  exchange::OwnJudge judge_;
  std::optional<exchange::Opener> opener_;
  std::optional<exchange::Sealer> sealer_;
  std::optional<Granted> newest_grant_;                         // its request mostly follows it
  std::unordered_map<Digest, Granted, FixedBytesHash> grants_;  // by request, that has not come yet
  std::map<Bytes, KeyId> reply_keys_;                           // checked
  KeptAnswers kept_;
  std::deque<Waiting> waiting_;                  // in the ledger's order
  std::map<DatasetId, Duration> source_alarms_;  // when the last was raised
  std::map<ErrorCode, Duration> said_;           // when a rejection was last logged
  schemas::AnswerPayload payload_;               // the checkpoint is of this serve(), the rows of one answer
  ProviderCounters counters_;
};

}  // namespace steelyard::adapters
