// The load that every baseline carries, and how it is measured: closed loops of clients, each with a window of
// requests in flight, through something in the middle, to owners and back. All roles are processes of their own.
//
// A baseline forks its roles, hands each a Board in shared memory, and lets `measure` do the rest: it waits until every
// client has had an answer, lets them warm up, and takes processor time and exchanges over exactly one span.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace steelyard::bench {

inline constexpr std::size_t kRequestBytes = 512;
inline constexpr std::size_t kAnswerBytes = 1024;
inline constexpr std::size_t kProcessesMax = 16;  // client processes

struct Shape {
  std::string bench;
  std::string mode;
  unsigned clients = 2;
  unsigned owners = 2;
  unsigned client_processes = 0;  // 0: one per client
  unsigned owner_processes = 0;   // 0: one per owner
  unsigned window = 512;
  double seconds = 10;
  double warmup = 2;
  std::map<std::string, std::string> more;  // options of one baseline
};

// Reads --clients and the like; those in `more` take any text. Ends the process with 2 and a line on what is wrong.
Shape parse(int argc, char** argv, Shape defaults);

// Latencies in buckets of at most 1/64 of their value.
class Histogram {
 public:
  void add(std::int64_t ns);
  void add(const Histogram& other);
  double percentile_us(double percent) const;
  std::uint64_t count() const { return count_; }

 private:
  static constexpr unsigned kSteps = 64;
  static std::size_t bucket_of(std::uint64_t ns);
  static std::uint64_t middle_of(std::size_t bucket);
  std::uint64_t count_ = 0;
  std::uint64_t buckets_[kSteps * 40] = {};
};

// What starts every request and answer; the rest is filler.
struct Header {
  std::uint32_t client;
  std::uint32_t owner;
  std::int64_t sent_ns;
};

// In memory that all roles share.
struct Board {
  std::atomic<std::uint32_t> clients_ready;  // have had an answer
  std::atomic<std::int64_t> begin_ns;        // of the measured span; 0: not yet known
  std::atomic<std::int64_t> end_ns;
  std::atomic<std::uint32_t> owners_ready;
  char front[128];  // endpoints, once front_ready
  char back[128];
  std::atomic<bool> middle_ready;
  Histogram latencies[kProcessesMax];  // by client process
};

std::int64_t now_ns();  // one clock for all processes

// What one client process counts. `answered` returns false once the span is over.
class Counter {
 public:
  Counter(Board& board, unsigned process, unsigned clients);
  bool answered(const Header& header);  // one answer came, now

 private:
  Board& board_;
  Histogram& latencies_;
  std::vector<bool> ready_;
};

// Numbers first, first + processes, … below count: the clients or owners of one process.
std::vector<unsigned> share_of(unsigned process, unsigned processes, unsigned count);

class Run {
 public:
  explicit Run(Shape shape);
  ~Run();  // kills what still runs
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Board& board() { return *board_; }
  // Runs `body` in a new process. `role` is client, middle or owner.
  void spawn(const std::string& role, const std::function<void(unsigned process)>& body, unsigned process = 0);
  void spawn_clients(const std::function<void(unsigned process)>& body);
  void spawn_owners(const std::function<void(unsigned process)>& body);
  void watch(const std::string& role, pid_t pid);  // a process that somebody else started and ends
  bool wait_for(const std::function<bool()>& condition, double seconds_max) const;
  int measure();  // prints one JSON object on one line; returns the process's exit code

 private:
  struct Process {
    std::string role;
    pid_t pid;
    bool ours;
    std::int64_t cpu_ns = 0;  // over the span
    std::uint64_t rss_peak_bytes = 0;
  };
  bool all_alive() const;
  void take_clocks(int sign);
  void print(double seconds) const;

  Shape shape_;
  Board* board_;
  std::vector<Process> processes_;
};

}  // namespace steelyard::bench
