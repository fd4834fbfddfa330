#include "core/http/connection.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/util.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/limits.h"

namespace steelyard::http {
namespace {

constexpr Duration kLeaveWithin = seconds(1);
constexpr std::string_view kHeadEnd = "\r\n\r\n";

enum class Body : std::uint8_t { kWhole, kStream };

std::string head_of(const Response& response, Body body, bool last) {
  char date[40];
  evutil_date_rfc1123(date, sizeof(date), nullptr);
  std::string head = fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nX-Content-Type-Options: nosniff\r\n", response.status,
                                 phrase_of(response.status), date);
  if (!says_how_to_cache(response)) head += "Cache-Control: no-store\r\n";
  const bool empty = response.status == 204;  // which has neither type nor length (RFC 9110 §8.6)
  if (!empty) head += fmt::format("Content-Type: {}\r\n", response.type);
  if (!empty && body == Body::kWhole) head += fmt::format("Content-Length: {}\r\n", response.body.size());
  for (const auto& [name, value] : response.headers) head += name + ": " + value + "\r\n";
  if (last) head += "Connection: close\r\n";
  return head + "\r\n";
}

}  // namespace

Connection::Connection(ConnectionOwner& owner, std::uint64_t id, event_base* base, int fd)
    : owner_(&owner), id_(id), socket_(bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE)), since_(owner.now()) {
  const int yes = 1;  // of no use to a Unix socket, which says so
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  bufferevent_setcb(
      socket_.get(), [](bufferevent*, void* self) { static_cast<Connection*>(self)->read(); },
      [](bufferevent*, void* self) { static_cast<Connection*>(self)->wrote(); },
      [](bufferevent*, short, void* self) { static_cast<Connection*>(self)->end(); }, this);
  bufferevent_enable(socket_.get(), EV_READ | EV_WRITE);
}

Connection::~Connection() {
  tell_gone();
  if (!streams_) owner_->unread() -= out_;
}

void Connection::tell_gone() {
  if (const auto pending = pending_.lock(); pending != nullptr) pending->gone = true;
}

void Connection::enter(Stage stage) {
  stage_ = stage;
  since_ = owner_->now();
}

bool Connection::late(Duration now) const {
  switch (stage_) {
    case Stage::kReading:
      return now >= since_ + (idle_ ? limits::kApplicationsIdleMax : limits::kApplicationsRequestWithin);
    case Stage::kWaiting: return false;  // its exchange has an end of its own
    case Stage::kAnswering: return now >= since_ + limits::kApplicationsReadWithin;
    case Stage::kStreaming: return out_ != 0 && now >= since_ + limits::kApplicationsReadWithin;
    case Stage::kLeaving: return now >= since_ + kLeaveWithin;
    case Stage::kEnded: return false;
  }
  return false;
}

void Connection::end() {
  if (stage_ == Stage::kEnded) return;
  stage_ = Stage::kEnded;
  tell_gone();
  owner_->ended(*this);
}

void Connection::read() {
  evbuffer* input = bufferevent_get_input(socket_.get());
  if (stage_ != Stage::kReading) {
    evbuffer_drain(input, evbuffer_get_length(input));
    if (stage_ == Stage::kWaiting || stage_ == Stage::kStreaming || (stage_ == Stage::kAnswering && keep_alive_))
      end();  // a request before its turn
    return;
  }
  if (std::exchange(idle_, false)) since_ = owner_->now();
  std::array<char, 4096> piece;
  while (stage_ == Stage::kReading) {
    const int count = evbuffer_remove(input, piece.data(), piece.size());
    if (count <= 0) break;
    in_.append(piece.data(), static_cast<std::size_t>(count));
    advance();
  }
  if (stage_ == Stage::kReading) owner_->reading_grew(*this);
  if (stage_ == Stage::kWaiting && evbuffer_get_length(input) > 0) end();
}

// With what has come so far: whether the request is whole, or can no longer become one.
void Connection::advance() {
  if (!head_) {
    const std::size_t from = scanned_ < kHeadEnd.size() ? 0 : scanned_ - kHeadEnd.size() + 1;
    const std::size_t end = in_.find(kHeadEnd, from);
    const std::size_t size = end == std::string::npos ? in_.size() : end + kHeadEnd.size();
    if (spoils_head(std::string_view(in_).substr(0, size), scanned_)) return refuse(400);
    if (size > limits::kApplicationsHeadBytesMax) return refuse(431);
    scanned_ = size;
    if (end == std::string::npos) return;
    head_.emplace();
    head_size_ = size;
    if (const int wrong = parse_head(std::string_view(in_).substr(0, size), *head_, owner_->audience()); wrong != 0)
      return refuse(wrong);
    if (head_->expects_continue && in_.size() < head_size_ + head_->content_length)
      bufferevent_write(socket_.get(), "HTTP/1.1 100 Continue\r\n\r\n", 25);
  }
  const std::size_t whole = head_size_ + head_->content_length;
  if (in_.size() < whole) return;
  if (in_.size() > whole) return refuse(400);  // the next one before its turn
  Request request = std::move(head_->request);
  request.body = in_.substr(head_size_);
  keep_alive_ = head_->keep_alive;
  begin_next();
  enter(Stage::kWaiting);
  owner_->dispatch(*this, std::move(request));
}

void Connection::begin_next() {
  head_.reset();
  scanned_ = head_size_ = 0;
  std::string().swap(in_);
}

void Connection::answer(const Response& response) {
  if (stage_ != Stage::kWaiting) return;
  pending_.reset();
  write(response, !keep_alive_);
}

void Connection::refuse(int status) {
  begin_next();
  write(problem_of(status), true);
}

void Connection::begin_stream(const Response& head) {
  if (stage_ != Stage::kWaiting) return;
  count(head.status);
  streams_ = true;
  keep_alive_ = false;
  enter(Stage::kStreaming);
  put(std::make_shared<const std::string>(head_of(head, Body::kStream, true) + head.body));
}

void Connection::continue_stream(std::shared_ptr<const std::string> piece) {
  if (stage_ != Stage::kStreaming || stream_ended_) return;
  if (out_ > limits::kStreamUnreadBytesMax) {
    owner_->counts().behind += 1;
    return end();
  }
  if (out_ == 0) since_ = owner_->now();
  put(std::move(piece));
}

void Connection::end_stream() {
  if (stage_ != Stage::kStreaming) return;
  stream_ended_ = true;
  if (out_ == 0) leave();
}

void Connection::count(int status) {
  auto& answered = owner_->counts().answered;
  if (status >= 0 && status < static_cast<int>(answered.size())) answered[static_cast<std::size_t>(status)] += 1;
}

void Connection::write(const Response& response, bool last) {
  keep_alive_ = !last;
  count(response.status);
  enter(Stage::kAnswering);
  put(std::make_shared<const std::string>(head_of(response, Body::kWhole, last) + response.body));
}

// The socket's buffer holds the text itself, not a copy.
void Connection::put(std::shared_ptr<const std::string> text) {
  out_ += text->size();
  if (!streams_) owner_->unread() += text->size();
  auto held = std::make_unique<std::shared_ptr<const std::string>>(std::move(text));
  const std::string& octets = **held;
  if (evbuffer_add_reference(
          bufferevent_get_output(socket_.get()), octets.data(), octets.size(),
          [](const void*, std::size_t, void* owned) { delete static_cast<std::shared_ptr<const std::string>*>(owned); },
          held.get()) != 0)
    return end();
  held.release();
}

// Everything written has been taken by the kernel.
void Connection::wrote() {
  if (stage_ != Stage::kAnswering && stage_ != Stage::kStreaming) return;
  const std::size_t taken = std::exchange(out_, 0);
  if (!streams_) owner_->unread() -= taken;
  if (streams_ && !stream_ended_) return;
  if (!keep_alive_) return leave();
  idle_ = true;
  enter(Stage::kReading);
}

void Connection::leave() {
  shutdown(bufferevent_getfd(socket_.get()), SHUT_WR);
  enter(Stage::kLeaving);
}

}  // namespace steelyard::http
