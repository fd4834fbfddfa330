// bench-proxy: what bare ZeroMQ does with the load of ./tests/bench/run. No Steelyard code.
//
//   bench-proxy --mode plain|curve|curve-framed --clients 2 --owners 2 --window 512 --seconds 10 --warmup 2
//   bench-proxy --mode curve --clients 60 --client-processes 2 --owners 60 --owner-processes 2 --window 3
//
// plain, curve: DEALER clients → zmq_proxy(ROUTER, DEALER) → DEALER owners, one message each.
// curve-framed: messages travel as Steelyard's do, in frames of whatever waits when a loop comes round (≤ 256 KiB,
// ≤ 512 messages), and the middle sorts them into frames by their receiver: ROUTER on both sides.
#include <fmt/format.h>
#include <zmq.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "tests/bench/load.h"

namespace {

using namespace steelyard::bench;

constexpr std::size_t kFrameBytesTarget = 256 * 1024;
constexpr std::size_t kFrameMessagesMax = 512;
constexpr int kReadsPerRound = 256;

using Key = std::array<char, 41>;
struct Keys {
  Key server_public{}, server_secret{}, public_key{}, secret_key{};
};

[[noreturn]] void die(const char* where) {
  fmt::print(stderr, "{}: {}\n", where, zmq_strerror(zmq_errno()));
  std::_Exit(1);
}

void must(int rc, const char* where) {
  if (rc < 0) die(where);
}

void* new_socket(void* context, int type) {
  void* socket = zmq_socket(context, type);
  if (socket == nullptr) die("making a socket");
  const int zero = 0;  // the windows bound what waits
  must(zmq_setsockopt(socket, ZMQ_LINGER, &zero, sizeof(zero)), "linger");
  must(zmq_setsockopt(socket, ZMQ_SNDHWM, &zero, sizeof(zero)), "send mark");
  must(zmq_setsockopt(socket, ZMQ_RCVHWM, &zero, sizeof(zero)), "receive mark");
  return socket;
}

void serve_curve(void* socket, const Keys& keys) {
  const int one = 1;
  must(zmq_setsockopt(socket, ZMQ_CURVE_SERVER, &one, sizeof(one)), "CURVE server");
  must(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.server_secret.data(), 41), "CURVE key");
}

void use_curve(void* socket, const Keys& keys) {
  must(zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, keys.server_public.data(), 41), "CURVE server key");
  must(zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys.public_key.data(), 41), "CURVE key");
  must(zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys.secret_key.data(), 41), "CURVE key");
}

// A frame under construction: u8 version, u8 flags, then per message u32 length and octets.
struct Outgoing {
  std::vector<char> octets;
  std::size_t messages = 0;

  bool full() const { return octets.size() >= kFrameBytesTarget || messages >= kFrameMessagesMax; }
  void add(const Header& header, const char* filler, std::size_t size) {
    if (octets.empty()) octets.assign({1, 0});
    const auto length = static_cast<std::uint32_t>(size);
    const auto* length_octets = reinterpret_cast<const char*>(&length);
    const auto* header_octets = reinterpret_cast<const char*>(&header);
    octets.insert(octets.end(), length_octets, length_octets + sizeof(length));
    octets.insert(octets.end(), header_octets, header_octets + sizeof(header));
    octets.insert(octets.end(), filler, filler + size - sizeof(header));
    ++messages;
  }
  void send(void* socket) {
    if (messages == 0) return;
    must(zmq_send(socket, octets.data(), octets.size(), 0), "sending");
    octets.clear();
    messages = 0;
  }
};

Header header_of(const char* message) {
  Header header;
  std::memcpy(&header, message, sizeof(header));
  return header;
}

template <class Each>
void for_each_message(std::string_view frame, const Each& each) {
  for (std::size_t at = 2; at + 4 <= frame.size();) {
    std::uint32_t length = 0;
    std::memcpy(&length, frame.data() + at, sizeof(length));
    at += sizeof(length);
    if (length < sizeof(Header) || length > frame.size() - at) die("a malformed frame");
    each(frame.substr(at, length));
    at += length;
  }
}

// Reads one part at a time; true if there was one.
class Part {
 public:
  Part() { zmq_msg_init(&message_); }
  ~Part() { zmq_msg_close(&message_); }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  bool receive(void* socket) { return zmq_msg_recv(&message_, socket, ZMQ_DONTWAIT) >= 0; }
  std::string_view view() { return {static_cast<char*>(zmq_msg_data(&message_)), zmq_msg_size(&message_)}; }
  zmq_msg_t* message() { return &message_; }

 private:
  zmq_msg_t message_;
};

// The sockets of one process's clients or owners, and what each is about to send.
struct Ends {
  std::vector<void*> sockets;
  std::vector<Outgoing> outgoing;
  std::vector<unsigned> numbers;
  std::vector<zmq_pollitem_t> items;

  Ends(const Shape& shape, const Keys& keys, char kind, std::vector<unsigned> share, const char* endpoint)
      : numbers(std::move(share)) {
    void* context = zmq_ctx_new();
    for (const unsigned n : numbers) {
      void* socket = new_socket(context, ZMQ_DEALER);
      const std::string id = kind + std::to_string(n);
      must(zmq_setsockopt(socket, ZMQ_ROUTING_ID, id.data(), id.size()), "routing id");
      if (shape.mode != "plain") use_curve(socket, keys);
      must(zmq_connect(socket, endpoint), "connecting");
      sockets.push_back(socket);
      items.push_back({socket, 0, ZMQ_POLLIN, 0});
    }
    outgoing.resize(sockets.size());
  }
  void poll() { must(zmq_poll(items.data(), static_cast<int>(items.size()), -1), "polling"); }
};

class Client {
 public:
  Client(const Shape& shape, const Keys& keys, Board& board, unsigned process)
      : shape_(shape),
        framed_(shape.mode == "curve-framed"),
        counter_(board, process, shape.clients),
        ends_(shape, keys, 'c', share_of(process, shape.client_processes, shape.clients), board.front) {
    for (std::size_t i = 0; i < filler_.size(); ++i) filler_[i] = static_cast<char>(i * 31);
  }

  void run() {
    for (std::size_t i = 0; i < ends_.sockets.size(); ++i) {
      for (unsigned w = 0; w < shape_.window; ++w) ask(i);
      ends_.outgoing[i].send(ends_.sockets[i]);
    }
    while (going_) {
      ends_.poll();
      for (std::size_t i = 0; i < ends_.sockets.size(); ++i) {
        if (ends_.items[i].revents == 0) continue;
        Part part;
        for (int n = 0; n < kReadsPerRound && part.receive(ends_.sockets[i]); ++n) take(i, part.view());
        ends_.outgoing[i].send(ends_.sockets[i]);
      }
    }
  }

 private:
  void take(std::size_t i, std::string_view part) {
    const auto one = [&](std::string_view answer) {
      going_ = counter_.answered(header_of(answer.data())) && going_;
      ask(i);
    };
    if (framed_)
      for_each_message(part, one);
    else
      one(part);
  }

  void ask(std::size_t i) {
    const Header header{ends_.numbers[i], next_owner_++ % shape_.owners, now_ns()};
    if (framed_) {
      ends_.outgoing[i].add(header, filler_.data(), kRequestBytes);
      if (ends_.outgoing[i].full()) ends_.outgoing[i].send(ends_.sockets[i]);
    } else {
      std::memcpy(filler_.data(), &header, sizeof(header));
      must(zmq_send(ends_.sockets[i], filler_.data(), kRequestBytes, 0), "asking");
    }
  }

  const Shape& shape_;
  bool framed_;
  bool going_ = true;
  unsigned next_owner_ = 0;
  Counter counter_;
  Ends ends_;
  std::array<char, kRequestBytes> filler_{};
};

class Owner {
 public:
  Owner(const Shape& shape, const Keys& keys, Board& board, unsigned process)
      : framed_(shape.mode == "curve-framed"),
        ends_(shape, keys, 'o', share_of(process, shape.owner_processes, shape.owners), board.back) {
    for (std::size_t i = 0; i < filler_.size(); ++i) filler_[i] = static_cast<char>(i * 17);
  }

  void run() {
    // A ROUTER can send to a peer only after it has heard of it.
    if (framed_)
      for (void* socket : ends_.sockets) must(zmq_send(socket, "", 0, 0), "greeting");
    while (true) {
      ends_.poll();
      for (std::size_t i = 0; i < ends_.sockets.size(); ++i) {
        if (ends_.items[i].revents == 0) continue;
        for (int n = 0; n < kReadsPerRound && serve(i); ++n) {
        }
        ends_.outgoing[i].send(ends_.sockets[i]);
      }
    }
  }

 private:
  bool serve(std::size_t i) {
    void* socket = ends_.sockets[i];
    Part part;
    if (!part.receive(socket)) return false;
    if (framed_) {
      for_each_message(part.view(), [&](std::string_view request) {
        ends_.outgoing[i].add(header_of(request.data()), filler_.data(), kAnswerBytes);
        if (ends_.outgoing[i].full()) ends_.outgoing[i].send(socket);
      });
      return true;
    }
    Part request;  // after the client's routing id
    if (!request.receive(socket)) die("a request without a body");
    std::memcpy(filler_.data(), request.view().data(), sizeof(Header));
    must(zmq_msg_send(part.message(), socket, ZMQ_SNDMORE), "answering");
    must(zmq_send(socket, filler_.data(), kAnswerBytes, 0), "answering");
    return true;
  }

  bool framed_;
  Ends ends_;
  std::array<char, kAnswerBytes> filler_{};
};

// The middle when messages travel in frames.
class Sorter {
 public:
  Sorter(const Shape& shape, Board& board, void* front, void* back)
      : board_(board), sides_{{front, 'c', false, shape.clients}, {back, 'o', true, shape.owners}} {}

  void run() {
    zmq_pollitem_t items[] = {{sides_[0].socket, 0, ZMQ_POLLIN, 0}, {sides_[1].socket, 0, ZMQ_POLLIN, 0}};
    while (true) {
      must(zmq_poll(items, 2, -1), "polling");
      for (int from = 0; from < 2; ++from)
        for (int n = 0; n < kReadsPerRound && items[from].revents != 0 && move(sides_[from], sides_[1 - from]); ++n) {
        }
      for (auto& side : sides_) side.flush();
    }
  }

 private:
  struct Side {
    Side(void* s, char k, bool owners, unsigned peers) : socket(s), kind(k), is_owners(owners), outgoing(peers) {}
    void* socket;
    char kind;
    bool is_owners;
    std::vector<Outgoing> outgoing;  // by peer
    std::vector<unsigned> waiting;   // peers with something to send

    void add(std::string_view message) {
      const Header header = header_of(message.data());
      const unsigned peer = is_owners ? header.owner : header.client;
      if (peer >= outgoing.size()) die("a message to nobody");
      if (outgoing[peer].messages == 0) waiting.push_back(peer);
      outgoing[peer].add(header, message.data() + sizeof(header), message.size());
      if (outgoing[peer].full()) flush(peer);
    }
    void flush(unsigned peer) {
      if (outgoing[peer].messages == 0) return;
      const std::string id = kind + std::to_string(peer);
      must(zmq_send(socket, id.data(), id.size(), ZMQ_SNDMORE), "addressing");
      outgoing[peer].send(socket);
    }
    void flush() {
      for (const unsigned peer : waiting) flush(peer);
      waiting.clear();
    }
  };

  bool move(Side& from, Side& to) {
    Part id, frame;
    if (!id.receive(from.socket)) return false;
    if (!frame.receive(from.socket)) die("a frame without a body");
    if (frame.view().empty())
      ++board_.owners_ready;
    else
      for_each_message(frame.view(), [&](std::string_view message) { to.add(message); });
    return true;
  }

  Board& board_;
  Side sides_[2];
};

void run_middle(const Shape& shape, const Keys& keys, Board& board) {
  void* context = zmq_ctx_new();
  const bool framed = shape.mode == "curve-framed";
  void* front = new_socket(context, ZMQ_ROUTER);
  void* back = new_socket(context, framed ? ZMQ_ROUTER : ZMQ_DEALER);
  for (void* socket : {front, back}) {
    if (shape.mode != "plain") serve_curve(socket, keys);
    must(zmq_bind(socket, "tcp://127.0.0.1:*"), "binding");
  }
  std::size_t size = sizeof(board.front);
  must(zmq_getsockopt(front, ZMQ_LAST_ENDPOINT, board.front, &size), "reading the port");
  size = sizeof(board.back);
  must(zmq_getsockopt(back, ZMQ_LAST_ENDPOINT, board.back, &size), "reading the port");
  board.middle_ready = true;
  if (framed) {
    Sorter(shape, board, front, back).run();
  } else {
    must(zmq_proxy(front, back, nullptr), "passing on");
  }
}

}  // namespace

int main(int argc, char** argv) {
  Shape defaults;
  defaults.bench = "proxy";
  defaults.mode = "curve";
  const Shape shape = parse(argc, argv, defaults);
  if (shape.mode != "plain" && shape.mode != "curve" && shape.mode != "curve-framed") {
    fmt::print(stderr, "--mode: `{}` is none of plain, curve, curve-framed\n", shape.mode);
    return 2;
  }
  Keys keys;
  must(zmq_curve_keypair(keys.server_public.data(), keys.server_secret.data()), "making keys");
  must(zmq_curve_keypair(keys.public_key.data(), keys.secret_key.data()), "making keys");

  Run run(shape);
  Board& board = run.board();
  run.spawn("broker", [&](unsigned) { run_middle(shape, keys, board); });
  if (!run.wait_for([&] { return board.middle_ready.load(); }, 5)) return 1;
  run.spawn_owners([&](unsigned process) { Owner(shape, keys, board, process).run(); });
  if (shape.mode == "curve-framed") {
    if (!run.wait_for([&] { return board.owners_ready == shape.owners; }, 10)) return 1;
  } else {
    run.wait_for([] { return false; }, 0.5);  // nothing tells when a DEALER's peers are there
  }
  run.spawn_clients([&](unsigned process) { Client(shape, keys, board, process).run(); });
  return run.measure();
}
