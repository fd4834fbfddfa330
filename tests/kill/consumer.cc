// steelyard-kill-consumer: a user that never stops asking, for the kill test.
//
//   steelyard-kill-consumer --world DIR --user N --window 64 --seed S --journal FILE --stat FILE
//
// DIR is what `steelyard bench prepare` made. Keeps `window` requests open, agreement and key drawn at random, receipts
// on disk. A restarted one repeats nothing and asks anew, as the design says. The journal, one line each, is this
// consumer's memory of what it did and was told, for the oracle:
//   Q ID                     asked; written before anything of it can leave
//   A ID ENTRY CLOSE         an answer was given out, after everything about it was kept
//   R ID CLOSE CODE          a refusal was given out
//   J ID CODE | T ID         rejected, or no answer in time: nothing was delivered
//   ! SLUG WHAT              an alarm
// The stat file is mapped by the driver: octets 0.. hold nine u64le as Stat says.
// SIGTERM: asks no more, waits until nothing is open, unacknowledged or unproved, and ends with 0.
// Threads: one. Errors: exit 3 with the sentence on stderr.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>

#include <fmt/format.h>

#include "cli/bench_world.h"
#include "core/base/fail_point.h"
#include "core/client/consumer.h"
#include "core/json/json.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::kill {
namespace {

struct Stat {
  std::atomic<std::uint64_t> pid, open, asked, answered, refused, rejected, timed_out, up, alarms;
};

struct Options {
  std::string world, journal, stat;
  std::size_t user = 0, window = 64;
  std::uint64_t seed = 1;
};

struct Choice {
  DatasetId dataset;
  AgreementId agreement;
};

constexpr Duration kLife = seconds(6);  // requests outlive a restart of broker or owner, and end soon after
constexpr Duration kPauseAfterRejection = milliseconds(20);
constexpr Duration kDrainWithin = seconds(60);

std::atomic<bool> stopping{false};

Error os_error(const std::string& doing) { return {ErrorKind::kStop, 0, doing + ": " + std::strerror(errno)}; }

// Lines reach the page cache before write() returns: what SIGKILL leaves is every line so far.
class Journal {
 public:
  explicit Journal(const std::string& path)
      : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {}
  ~Journal() { ::close(fd_); }
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    text_ += '\n';
  }
  Status write() {
    if (text_.empty()) return {};
    if (fd_ < 0 || ::write(fd_, text_.data(), text_.size()) != static_cast<ssize_t>(text_.size()))
      return fail(os_error("writing the journal"));
    text_.clear();
    return {};
  }

 private:
  int fd_;
  std::string text_;
};

Result<Stat*> map_stat(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return fail(os_error(path));
  void* mapped = ::mmap(nullptr, sizeof(Stat), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  ::close(fd);
  if (mapped == MAP_FAILED) return fail(os_error(path));
  return static_cast<Stat*>(mapped);
}

struct World {
  std::string home;
  std::vector<Choice> choices;
  unsigned rows = 1;
};

Result<World> read_world(const Options& options) {
  TRY_ASSIGN(const Bytes text, store::read_file(options.world + "/bench.json", 16 * 1024 * 1024));
  TRY_ASSIGN(const json::Value value, json::parse(as_text(text)));
  World world;
  TRY_ASSIGN(const std::int64_t rows, value.integer_at("rows"));
  world.rows = static_cast<unsigned>(rows);
  TRY_ASSIGN(const json::Array* homes, value.array_at("homes"));
  if (options.user >= homes->size()) return fail(schemas::error_of(schemas::code::usage, "--user: no such member"));
  TRY_ASSIGN(const auto home, (*homes)[options.user].as_string());
  world.home = home;
  TRY_ASSIGN(const json::Array* agreements, value.array_at("agreements"));
  for (const json::Value& one : *agreements) {
    TRY_ASSIGN(const std::int64_t user, one.integer_at("user"));
    if (user != static_cast<std::int64_t>(options.user)) continue;
    TRY_ASSIGN(std::string dataset, one.string_at("dataset"));
    TRY_ASSIGN(std::string agreement, one.string_at("agreement"));
    world.choices.push_back({DatasetId(std::move(dataset)), AgreementId(std::move(agreement))});
  }
  if (world.choices.empty()) return fail(schemas::error_of(schemas::code::usage, "--user: has no agreement"));
  return world;
}

class Asker {
 public:
  Asker(client::Node& node, client::ReceiptStore& receipts, World world, const Options& options, Journal& journal,
        Stat& stat)
      : node_(node),
        consumer_(node, &receipts, {}),
        world_(std::move(world)),
        window_(options.window),
        random_(options.seed),
        journal_(journal),
        stat_(stat),
        application_("app-" + node.identity().member.text) {}

  Status step() {
    TRY_ASSIGN(const auto incoming, node_.step(milliseconds(5)));
    for (const client::Incoming& message : incoming) consumer_.handle(message);
    consumer_.tick();
    for (const client::Outcome& outcome : consumer_.take_outcomes()) TRY(tell(outcome));
    for (const client::Alarm& alarm : node_.take_alarms()) {
      journal_.line("! {} {}", alarm.slug, alarm.what);
      ++stat_.alarms;
    }
    const bool may_ask = !stopping && node_.up() && node_.clock().monotonic() >= not_before_;
    while (may_ask && consumer_.open() < window_) TRY(ask());
    stat_.open = consumer_.open();
    stat_.up = node_.up() ? 1 : 0;
    return journal_.write();  // and only then the next step sends what was asked
  }

  bool done() const { return consumer_.open() == 0 && consumer_.unacknowledged() == 0 && node_.held() == 0; }
  std::string left() const {
    return fmt::format("{} open, {} not acknowledged, {} not proved", consumer_.open(), consumer_.unacknowledged(),
                       node_.held());
  }

 private:
  Status ask() {
    const Choice& choice = world_.choices[random_() % world_.choices.size()];
    client::Query query;
    query.application = application_;
    query.dataset = choice.dataset;
    query.agreement = choice.agreement;
    query.purpose = PurposeId("bench-purpose");
    for (const char* field : {"k", "f1", "f2", "f3"}) query.fields.push_back(FieldName(field));
    query.parameters = {
        {FieldName("k"), schemas::Compare::kEq, {cli::bench_key(static_cast<unsigned>(random_() % world_.rows))}}};
    query.operator_id = "operator-0001";
    query.case_number = "case-0001";
    query.life = kLife;
    TRY_ASSIGN(const ExchangeId id, consumer_.ask(query));
    journal_.line("Q {}", to_text(id));
    ++stat_.asked;
    return {};
  }

  Status tell(const client::Outcome& outcome) {
    const std::string id = to_text(outcome.id);
    switch (outcome.kind) {
      case client::OutcomeKind::kAnswered:
        // Answers lost in a kill count at their owner alone, which may therefore come to its own end before the broker.
        if (outcome.rows.count != (outcome.code == schemas::code::owner_quota ? 0 : 1) ||
            (outcome.code != 0 && outcome.code != schemas::code::owner_quota))
          return fail(schemas::error_of(schemas::code::verification_failed, id + " is answered without its row"));
        journal_.line("A {} {} {}", id, outcome.request_entry.value, outcome.closing_entry.value);
        stat_.answered += outcome.rows.count;
        break;
      case client::OutcomeKind::kRefused:
        journal_.line("R {} {} {}", id, outcome.closing_entry.value, outcome.code);
        ++stat_.refused;
        break;
      case client::OutcomeKind::kRejected:
        journal_.line("J {} {}", id, outcome.code);
        ++stat_.rejected;
        not_before_ = node_.clock().monotonic() + kPauseAfterRejection;
        break;
      case client::OutcomeKind::kTimedOut:
        journal_.line("T {}", id);
        ++stat_.timed_out;
        break;
    }
    return {};
  }

  client::Node& node_;
  client::Consumer consumer_;
  World world_;
  std::size_t window_;
  std::mt19937_64 random_;
  Journal& journal_;
  Stat& stat_;
  ApplicationId application_;
  Duration not_before_;
};

Status run(const Options& options) {
  TRY_ASSIGN(World world, read_world(options));
  TRY_ASSIGN(Stat * stat, map_stat(options.stat));
  stat->open = 0;
  stat->up = 0;
  stat->pid = static_cast<std::uint64_t>(::getpid());
  TRY_ASSIGN(auto identity, client::read_identity_file(world.home + "/identity.toml"));
  TRY(store::make_dir(identity.state_dir, 0700));
  TRY_ASSIGN(const auto receipts, client::ReceiptStore::open(identity.state_dir + "/receipts"));
  const SystemClock clock;
  TRY_ASSIGN(const auto context, net::Context::open());
  client::NodeOptions node_options;
  node_options.software = "steelyard-kill-consumer";
  TRY_ASSIGN(const auto node, client::Node::open(*context, std::move(identity), node_options, clock));
  Journal journal(options.journal);
  Asker asker(*node, *receipts, std::move(world), options, journal, *stat);
  while (!stopping) TRY(asker.step());
  const Duration until = clock.monotonic() + kDrainWithin;
  while (!asker.done()) {
    if (clock.monotonic() > until) return fail(schemas::error_of(schemas::code::timed_out, asker.left()));
    TRY(asker.step());
  }
  return {};
}

bool parse(int count, char** values, Options& options) {
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string_view name = values[i];
    const char* value = values[i + 1];
    if (name == "--world")
      options.world = value;
    else if (name == "--journal")
      options.journal = value;
    else if (name == "--stat")
      options.stat = value;
    else if (name == "--user")
      options.user = std::strtoul(value, nullptr, 10);
    else if (name == "--window")
      options.window = std::strtoul(value, nullptr, 10);
    else if (name == "--seed")
      options.seed = std::strtoull(value, nullptr, 10);
    else
      return false;
  }
  return count % 2 == 1 && !options.world.empty() && !options.journal.empty() && !options.stat.empty();
}

}  // namespace
}  // namespace steelyard::kill

int main(int count, char** values) {
  using namespace steelyard;
  kill::Options options;
  if (!kill::parse(count, values, options)) {
    std::fprintf(stderr, "usage: see the head of tests/kill/consumer.cc\n");
    return 2;
  }
  std::signal(SIGTERM, [](int) { kill::stopping = true; });
  if (const auto ran = kill::run(options); !ran) {
    std::fprintf(stderr, "steelyard-kill-consumer: %s\n", ran.error().what.c_str());
    return 3;
  }
  return 0;
}
