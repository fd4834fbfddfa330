// Connection: one client of a RequestServer, on its way from reading to waiting, answering, and reading again or
// ending. Private to core/http.
//
// Owns: its socket. Threads: the server's. Errors: none; what a client does wrong ends the connection.
#pragma once

#include <event2/bufferevent.h>

#include <memory>
#include <optional>
#include <string>

#include "core/base/freed.h"
#include "core/base/time.h"
#include "core/http/outbox.h"
#include "core/http/request.h"

namespace steelyard::http {

class Connection;

// What a connection needs of its server.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void dispatch(Connection& connection, Request request) = 0;
  virtual void ended(Connection& connection) = 0;  // may end it at once
  virtual void reading_grew(Connection& connection) = 0;
  virtual Duration now() const = 0;
  virtual Audience audience() const = 0;
  virtual RequestCounts& counts() = 0;
  virtual std::atomic<std::size_t>& unread() = 0;
};

class Connection {
 public:
  enum class Stage : std::uint8_t {
    kReading,    // a request, or what stands before it: nothing
    kWaiting,    // for its handler
    kAnswering,  // until the client has read it
    kStreaming,  // pieces follow
    kLeaving,    // the last word is said: what still comes is thrown away, so that the word arrives
    kEnded,
  };

  Connection(ConnectionOwner& owner, std::uint64_t id, event_base* base, int fd);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::uint64_t id() const { return id_; }
  Stage stage() const { return stage_; }
  bool may_be_displaced() const {
    return stage_ == Stage::kReading || stage_ == Stage::kLeaving || (stage_ == Stage::kStreaming && stream_ended_);
  }
  std::size_t reading() const { return stage_ == Stage::kReading ? in_.capacity() : 0; }
  bool late(Duration now) const;
  void await(const std::shared_ptr<Reply::Pending>& pending) { pending_ = pending; }
  void answer(const Response& response);    // in kWaiting; else nothing
  void begin_stream(const Response& head);  // likewise
  void continue_stream(std::shared_ptr<const std::string> piece);
  void end_stream();        // once the client has read what was written
  void refuse(int status);  // of the server's own, and the last
  void end();

 private:
  void read();
  void advance();
  void wrote();
  void write(const Response& response, bool last);
  void count(int status);
  void put(std::shared_ptr<const std::string> text);
  void leave();
  void enter(Stage stage);
  void begin_next();
  void tell_gone();

  ConnectionOwner* owner_;
  std::uint64_t id_;
  std::unique_ptr<bufferevent, Freed<bufferevent_free>> socket_;
  Stage stage_ = Stage::kReading;
  Duration since_;
  bool idle_ = false;  // has been answered, and says nothing yet
  std::string in_;
  std::size_t scanned_ = 0;  // of the head
  std::size_t head_size_ = 0;
  std::optional<Head> head_;
  bool keep_alive_ = false;
  bool streams_ = false;       // the last that it does; bounded by itself, so that it is not in the server's unread()
  bool stream_ended_ = false;  // but for what the client has not read
  std::size_t out_ = 0;        // octets of the answer that the client has not read
  std::weak_ptr<Reply::Pending> pending_;  // its handler may drop it unanswered
};

}  // namespace steelyard::http
