// Values for the codec's tests: one known value per type, which the golden bytes of schemas/golden/ must decode to,
// and random well-formed ones. Included by schemas/*_test.cc alone.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "schemas/codec.h"

namespace steelyard::schemas::testing {

template <class Fixed>
Fixed filled(std::uint8_t first) {  // first, first + 1, ...
  Fixed value;
  for (auto& octet : value.octets) octet = first++;
  return value;
}

Head known_head(MessageKind kind);

// Calls use(name, value) with the known value of every type.
template <class Use>
void for_each_known(Use use);

Request known_request();
Answer known_answer();
Answer known_starting_answer();
Answer known_busy_answer();
Received known_received();
Received known_range();
Event known_event();
Event known_stop();
Grant known_grant();
Refusal known_refusal();
Recorded known_recorded();
Rejection known_rejection();
Hello known_hello();
Welcome known_welcome();
Tile known_tile();
RequestPayload known_request_payload();
AnswerPayload known_answer_payload();
EventPayload known_event_payload();
std::vector<StatementBody> known_bodies();  // one of each kind, in the order of StatementKind
AgreementState known_decision();            // a change that has all a change can have
Catalogue known_catalogue_of_utc();         // whose day is that of UTC
Agreement known_agreement_of_india();       // whose day begins 5 h 30 min before UTC's
Statement known_statement(const StatementBody& body);
std::vector<StatementSignature> known_signatures();

template <class Use>
void for_each_known(Use use) {
  use("request", known_request());
  use("answer", known_answer());
  use("received", known_received());
  use("answer-starting", known_starting_answer());
  use("answer-busy", known_busy_answer());
  use("received-range", known_range());
  use("event", known_event());
  use("event-stop", known_stop());
  use("grant", known_grant());
  use("refusal", known_refusal());
  use("recorded", known_recorded());
  use("rejection", known_rejection());
  use("hello", known_hello());
  use("welcome", known_welcome());
  use("ping", Ping{0x0102030405060708, Instant{1'700'000'000'000'001}});
  use("pong", Pong{0x1112131415161718, Instant{1'700'000'000'000'002}});
  use("credit", Credit{1'024, 4'194'304});
  use("ack", Ack{DatasetId("civil-affairs/household"), 4'711, {filled<ExchangeId>(3), filled<ExchangeId>(4)}});
  use("sync", Sync{LogIndex(17)});
  use("tile-request", TileRequest{1, 70'000, 256});
  use("tile", known_tile());
  use("checkpoint", Checkpoint{to_bytes(as_bytes("steelyard.example/city\n1\nAAAA\n"))});
  use("cosign", Cosign{to_bytes(as_bytes("steelyard.example/city\n1\nAAAA\n\n\xe2\x80\x94 tax BBBB\n"))});
  use("request-payload", known_request_payload());
  use("answer-payload", known_answer_payload());
  use("event-payload", known_event_payload());
  for (const StatementBody& body : known_bodies()) {
    const Statement statement = known_statement(body);
    use("statement-" + std::string(name_of(statement.head.kind)), statement);
  }
  use("statement-agreement-decision", known_statement(known_decision()));
  use("statement-catalogue-day", known_statement(known_catalogue_of_utc()));
  use("statement-agreement-day", known_statement(known_agreement_of_india()));
  use("statement-signatures", known_signatures());
}

// Random well-formed values. Only next() is drawn from the engine, so a seed means the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
  bool coin() { return below(2) == 1; }
  template <class Fixed>
  Fixed octets() {
    Fixed value;
    for (auto& octet : value.octets) octet = static_cast<std::uint8_t>(engine_());
    return value;
  }
  Bytes bytes(std::size_t size_min, std::size_t size_max);
  std::string name();
  std::string dataset() { return name() + "/" + name(); }
  std::string text();  // of one line, ASCII and Chinese
  Instant instant() { return Instant{static_cast<std::int64_t>(below(253'402'300'800'000'000))}; }
  std::optional<Instant> perhaps_instant() { return coin() ? std::optional<Instant>(instant()) : std::nullopt; }
  Text texts() { return {text(), text()}; }
  template <class Id>
  std::vector<Id> names(std::size_t count_max) {  // different ones
    std::vector<Id> made;
    for (std::uint64_t left = below(count_max + 1); left > 0; --left)
      made.emplace_back(name().substr(0, 50) + "-" + std::to_string(left));
    return made;
  }
  Head head(MessageKind kind);
  Value value(ValueType type);

  void fill(Request& to);
  void fill(Answer& to);
  void fill(Event& to);
  void fill(Grant& to);
  void fill(RequestPayload& to);
  void fill(AnswerPayload& to);
  void fill(EventPayload& to);
  void fill(Statement& to);  // catalogue, agreement or member

 private:
  std::mt19937_64 engine_;
};

// From STEELYARD_TEST_SEED where that is set, else new; printed, so that a failure can be repeated.
std::uint64_t test_seed();

}  // namespace steelyard::schemas::testing
