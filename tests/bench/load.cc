#include "tests/bench/load.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <new>

namespace steelyard::bench {
namespace {

[[noreturn]] void usage(const std::string& what) {
  fmt::print(stderr, "{}\n", what);
  std::exit(2);
}

double number(const std::string& name, const char* text, double least, double most) {
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  if (*text == 0 || *end != 0 || value < least || value > most)
    usage(fmt::format("{}: `{}` is not a number from {} to {}", name, text, least, most));
  return value;
}

std::int64_t cpu_ns_of(pid_t pid) {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

std::uint64_t rss_peak_of(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.rfind("VmHWM:", 0) == 0) return std::strtoull(line.c_str() + 6, nullptr, 10) * 1024;
  return 0;
}

void sleep_until(std::int64_t ns) {
  timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nullptr) == EINTR) {
  }
}

}  // namespace

Shape parse(int argc, char** argv, Shape shape) {
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    if (i + 1 == argc) usage(name + ": a value is missing");
    const char* value = argv[i + 1];
    const auto count = [&](double least, double most) {
      return static_cast<unsigned>(number(name, value, least, most));
    };
    if (name == "--clients")
      shape.clients = count(1, 1000);
    else if (name == "--owners")
      shape.owners = count(1, 1000);
    else if (name == "--client-processes")
      shape.client_processes = count(1, kProcessesMax);
    else if (name == "--owner-processes")
      shape.owner_processes = count(1, kProcessesMax);
    else if (name == "--window")
      shape.window = count(1, 4096);
    else if (name == "--seconds")
      shape.seconds = number(name, value, 0.1, 3600);
    else if (name == "--warmup")
      shape.warmup = number(name, value, 0, 600);
    else if (name == "--mode")
      shape.mode = value;
    else if (name.rfind("--", 0) == 0 && shape.more.count(name.substr(2)) != 0)
      shape.more[name.substr(2)] = value;
    else
      usage(name + ": no such option");
  }
  if (shape.client_processes == 0) shape.client_processes = shape.clients;
  if (shape.owner_processes == 0) shape.owner_processes = shape.owners;
  if (shape.client_processes > kProcessesMax || shape.client_processes > shape.clients)
    usage(fmt::format("--client-processes: 1 to {}, not more than clients", kProcessesMax));
  if (shape.owner_processes > kProcessesMax || shape.owner_processes > shape.owners)
    usage(fmt::format("--owner-processes: 1 to {}, not more than owners", kProcessesMax));
  return shape;
}

std::size_t Histogram::bucket_of(std::uint64_t ns) {
  if (ns < kSteps) return ns;
  const unsigned power = static_cast<unsigned>(std::bit_width(ns)) - 7;  // ns >> power lies in [64, 128)
  const std::size_t bucket = kSteps * (power + 1) + (ns >> power) - kSteps;
  return std::min(bucket, std::size_t{kSteps * 40 - 1});
}

std::uint64_t Histogram::middle_of(std::size_t bucket) {
  if (bucket < kSteps) return bucket;
  const unsigned power = static_cast<unsigned>(bucket / kSteps) - 1;
  return ((bucket % kSteps + kSteps) << power) + ((std::uint64_t{1} << power) >> 1);
}

void Histogram::add(std::int64_t ns) {
  ++buckets_[bucket_of(ns < 0 ? 0 : static_cast<std::uint64_t>(ns))];
  ++count_;
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < std::size(buckets_); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
}

double Histogram::percentile_us(double percent) const {
  const double rank = static_cast<double>(count_) * percent / 100;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < std::size(buckets_); ++i) {
    seen += buckets_[i];
    if (seen > 0 && static_cast<double>(seen) >= rank) return static_cast<double>(middle_of(i)) / 1000;
  }
  return 0;
}

std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

Counter::Counter(Board& board, unsigned process, unsigned clients)
    : board_(board), latencies_(board.latencies[process]), ready_(clients) {}

bool Counter::answered(const Header& header) {
  const std::int64_t now = now_ns();
  if (!ready_[header.client]) {
    ready_[header.client] = true;
    ++board_.clients_ready;
  }
  const std::int64_t begin = board_.begin_ns.load(std::memory_order_relaxed);
  if (begin == 0 || now < begin) return true;
  if (now >= board_.end_ns.load(std::memory_order_relaxed)) return false;
  latencies_.add(now - header.sent_ns);
  return true;
}

std::vector<unsigned> share_of(unsigned process, unsigned processes, unsigned count) {
  std::vector<unsigned> share;
  for (unsigned i = process; i < count; i += processes) share.push_back(i);
  return share;
}

Run::Run(Shape shape) : shape_(std::move(shape)) {
  void* shared = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    std::perror("shared memory");
    std::exit(1);
  }
  board_ = new (shared) Board{};
}

Run::~Run() {
  for (const auto& process : processes_) {
    if (!process.ours) continue;
    kill(process.pid, SIGKILL);
    waitpid(process.pid, nullptr, 0);
  }
  munmap(board_, sizeof(Board));
}

void Run::spawn(const std::string& role, const std::function<void(unsigned)>& body, unsigned process) {
  std::fflush(stdout);
  const pid_t pid = fork();
  if (pid < 0) {
    std::perror("fork");
    std::exit(1);
  }
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    body(process);
    while (true) pause();  // its memory and processor time are still to be read
  }
  processes_.push_back({role, pid, true});
}

void Run::spawn_clients(const std::function<void(unsigned)>& body) {
  for (unsigned i = 0; i < shape_.client_processes; ++i) spawn("clients", body, i);
}

void Run::spawn_owners(const std::function<void(unsigned)>& body) {
  for (unsigned i = 0; i < shape_.owner_processes; ++i) spawn("owners", body, i);
}

void Run::watch(const std::string& role, pid_t pid) { processes_.push_back({role, pid, false}); }

bool Run::all_alive() const {
  for (const auto& process : processes_)
    if (process.ours && waitpid(process.pid, nullptr, WNOHANG) != 0) return false;
  return true;
}

bool Run::wait_for(const std::function<bool()>& condition, double seconds_max) const {
  const std::int64_t until = now_ns() + static_cast<std::int64_t>(seconds_max * 1e9);
  while (!condition()) {
    if (now_ns() > until || !all_alive()) return false;
    usleep(2000);
  }
  return true;
}

void Run::take_clocks(int sign) {
  for (auto& process : processes_) process.cpu_ns += sign * cpu_ns_of(process.pid);
}

int Run::measure() {
  if (!wait_for([&] { return board_->clients_ready == shape_.clients; }, 30)) {
    fmt::print(stderr, "{} of {} clients had an answer within 30 s, or a process ended\n", board_->clients_ready.load(),
               shape_.clients);
    return 1;
  }
  const std::int64_t begin = now_ns() + static_cast<std::int64_t>(shape_.warmup * 1e9) + 10'000'000;
  const std::int64_t end = begin + static_cast<std::int64_t>(shape_.seconds * 1e9);
  board_->end_ns = end;
  board_->begin_ns = begin;
  sleep_until(begin);
  take_clocks(-1);
  sleep_until(end);
  take_clocks(+1);
  for (auto& process : processes_) process.rss_peak_bytes = rss_peak_of(process.pid);
  if (!all_alive()) {
    fmt::print(stderr, "a process ended during the measurement\n");
    return 1;
  }
  usleep(50'000);  // clients write their last counts
  print(shape_.seconds);
  return 0;
}

void Run::print(double seconds) const {
  Histogram all;
  for (unsigned i = 0; i < shape_.client_processes; ++i) all.add(board_->latencies[i]);
  std::map<std::string, double> cpu_us;
  std::map<std::string, std::uint64_t> rss;
  for (const auto& process : processes_) {
    cpu_us[process.role] += static_cast<double>(process.cpu_ns) / 1000;
    cpu_us["total"] += static_cast<double>(process.cpu_ns) / 1000;
    rss[process.role] += process.rss_peak_bytes;
    rss["total"] += process.rss_peak_bytes;
  }
  const double exchanges = static_cast<double>(all.count());
  std::string cpu_text, rss_text;
  for (const auto& [role, us] : cpu_us)
    cpu_text += fmt::format("{}\"{}\":{:.2f}", cpu_text.empty() ? "" : ",", role, exchanges > 0 ? us / exchanges : 0);
  for (const auto& [role, bytes] : rss)
    rss_text += fmt::format("{}\"{}\":{}", rss_text.empty() ? "" : ",", role, bytes);
  fmt::print(
      "{{\"bench\":\"{}\",\"mode\":\"{}\",\"clients\":{},\"owners\":{},\"window\":{},\"seconds\":{:.1f},"
      "\"exchanges\":{},\"exchanges_per_s\":{:.1f},\"p50_us\":{:.1f},\"p99_us\":{:.1f},"
      "\"cpu_us_per_exchange\":{{{}}},\"peak_rss_bytes\":{{{}}}}}\n",
      shape_.bench, shape_.mode, shape_.clients, shape_.owners, shape_.window, seconds, all.count(),
      exchanges / seconds, all.percentile_us(50), all.percentile_us(99), cpu_text, rss_text);
}

}  // namespace steelyard::bench
