// EventStreams: applications read events over HTTP: each question has one reader of the bus, and at most one stream.
//
// An event counts as dealt with once its application comes back with a Last-Event-ID at or behind it: until then it is
// kept here and told again to whoever comes. A stream is therefore ended after a while, or some events, so that its
// client comes back. A reader lives until its subscription stops or the process ends: the broker, which gave this
// session the events, gives none of them again within it. One that nobody comes to is given up, and so is one whose
// application ends it: its subscription is stopped, so that neither the broker nor this place is left with it.
// Owns: readers, events that wait for their word. Threads: one. Errors: problems before the stream, `stop` in it.
// Format: docs/formats/http.md, Events.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/applications/call.h"
#include "core/client/subscriber.h"

namespace steelyard::adapters {

// client::Subscriber, as far as it is needed here; tests stand in for it.
class EventReader {
 public:
  virtual ~EventReader() = default;
  virtual void handle(const client::Incoming& message) = 0;
  virtual Status tick() = 0;
  virtual std::vector<client::ToldEvent> take() = 0;
  virtual Status done(LogIndex entry) = 0;
  virtual void stop() = 0;
  virtual bool subscribed() const = 0;
  virtual const std::optional<Error>& ended() const = 0;
};

class EventStreams {
 public:
  using Open = std::function<Result<std::unique_ptr<EventReader>>(const client::Query& query)>;
  using Kept = std::function<Result<bool>(const client::Query& query)>;

  // `open`: a reader of this question's subscription, or of a new one. `kept`: whether it has one.
  EventStreams(Open open, Kept kept, const Clock& clock)
      : open_(std::move(open)), kept_(std::move(kept)), clock_(&clock) {}

  void open(Call call, const client::Query& query, const std::string& origin);
  // 204 once no subscription stands for the question.
  void end(Call call, const client::Query& query, const std::string& origin);
  void handle(const client::Incoming& message);
  void tick();
  std::size_t streaming() const;

 private:
  struct EventId {
    ExchangeId view;
    std::uint64_t sequence = 0;
  };
  struct Told {
    EventId id;
    LogIndex entry;
    std::shared_ptr<const std::string> text;
  };
  struct Waiting {
    http::Reply reply;
    Duration since;
    Language language;
  };
  struct Reading {
    client::Query question;
    std::string origin;
    std::unique_ptr<EventReader> reader;
    Language language = Language::kEn;
    std::optional<Waiting> waiting{};        // for the subscription to stand
    std::vector<Waiting> ending{};           // for its end
    std::optional<http::Stream> stream{};    // then
    std::optional<EventId> last{};           // that the application has
    std::deque<Told> told{};                 // that it may not have; no more than the broker gives unacknowledged
    std::size_t given = 0, given_bytes = 0;  // of them, by this stream
    Duration given_since{};                  // the first of them
    Duration spoke{};
    Duration left{};        // since then nobody waits or reads
    bool given_up = false;  // until its subscription has stopped

    bool is_left() const { return !waiting && !stream; }
    void give_up();
  };

  static Result<std::optional<EventId>> last_of(const http::Request& request);
  using Readings = std::map<std::string, Reading>;

  bool has_room(const ApplicationId& application);
  bool has_room_to_end(const ApplicationId& application) const;
  Result<Readings::iterator> read(const std::string& name, const client::Query& query, const std::string& origin);
  bool turn(Reading& reading, Duration now);
  static Status take_told(Reading& reading);
  static Status confirm(Reading& reading);
  static void begin(Reading& reading, Duration now);
  static void go_on(Reading& reading, Duration now);
  void stop(Reading& reading, const Error& why) const;

  Open open_;
  Kept kept_;
  const Clock* clock_;
  Readings readings_;  // by question
};

}  // namespace steelyard::adapters
