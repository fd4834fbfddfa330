#include "cli/bench_events.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <memory>
#include <thread>

#include "cli/bench_measure.h"
#include "cli/bench_plan.h"
#include "core/client/subscriber.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr Duration kLookEvery = milliseconds(20);

struct Shared {  // by all threads
  std::atomic<std::size_t> ready{0};
  std::atomic<bool> failed{false};
};

struct Told {
  std::vector<std::int64_t> latencies_us;
  std::uint64_t events = 0;
  std::int64_t last_us = 0;  // monotonic
};

class Listener {
 public:
  static Result<std::unique_ptr<Listener>> open(net::Context& context, const std::string& home,
                                                const BenchChoice& choice, const Clock& clock, Duration give_up) {
    TRY_ASSIGN(auto node, open_bench_node(context, home, clock, true));
    while (!node->up()) {
      if (clock.monotonic() > give_up) return fail(schemas::error_of(schemas::code::broker_away, home));
      TRY(node->step(kLookEvery));
    }
    TRY(store::make_dir(node->identity().state_dir, 0700));
    auto made = std::unique_ptr<Listener>(new Listener(std::move(node)));
    client::Query query = bench_query(made->node_->identity().member);
    query.dataset = choice.dataset;
    query.agreement = choice.agreement;
    TRY_ASSIGN(made->subscriber_, client::Subscriber::open(*made->node_, made->consumer_, std::move(query)));
    made->ready_ = made->subscriber_->subscribed();  // by a run before: it goes on behind what that was told
    return made;
  }

  bool ready() const { return ready_; }

  Status step(Told& told) {
    TRY_ASSIGN(const auto incoming, node_->step(kLookEvery));
    for (const client::Incoming& message : incoming) {
      consumer_.handle(message);
      subscriber_->handle(message);
    }
    consumer_.tick();
    TRY(subscriber_->tick());
    if (subscriber_->ended()) return fail(*subscriber_->ended());
    const std::vector<client::ToldEvent> events = subscriber_->take();
    const std::int64_t now = node_->clock().monotonic().us;
    for (const client::ToldEvent& event : events) TRY(count(event, now, told));
    return events.empty() ? Status{} : subscriber_->done(events.back().entry);
  }

 private:
  explicit Listener(std::unique_ptr<client::Node> node)
      : node_(std::move(node)), consumer_(*node_, nullptr, {.keep_receipts = false}) {}

  Status count(const client::ToldEvent& told, std::int64_t now, Told& tally) {
    if (told.event.content == schemas::EventContent::kSnapshot) ready_ = ready_ || told.event.last;
    if (told.event.content != schemas::EventContent::kChanges) return {};
    const auto& columns = told.payload.rows.columns;
    const auto when = std::find_if(columns.begin(), columns.end(), [](const auto& c) { return c.name.text == "f1"; });
    for (std::uint32_t i = 0; i < told.payload.rows.count; ++i) {
      const auto* text = when == columns.end() ? nullptr : std::get_if<std::string>(&when->values[i]);
      std::int64_t made = 0;
      if (text == nullptr || std::from_chars(text->data(), text->data() + text->size(), made).ec != std::errc())
        return fail(schemas::error_of(schemas::code::usage, "f1 of a changed row holds no monotonic microseconds"));
      tally.latencies_us.push_back(now - made);
    }
    ++tally.events;
    tally.last_us = now;
    return {};
  }

  std::unique_ptr<client::Node> node_;
  client::Consumer consumer_;
  std::unique_ptr<client::Subscriber> subscriber_;
  bool ready_ = false;  // it has the whole snapshot
};

Status listen(net::Context& context, const std::string& home, const BenchChoice& choice,
              const BenchEventsOptions& options, Shared& shared, Told& told) {
  const SystemClock clock;
  const Duration give_up = clock.monotonic() + Duration{static_cast<std::int64_t>(options.within_seconds * 1e6)};
  TRY_ASSIGN(const auto listener, Listener::open(context, home, choice, clock, give_up));
  bool counted = false;
  while (!shared.failed && told.latencies_us.size() < options.rows) {
    TRY(listener->step(told));
    if (listener->ready() && !std::exchange(counted, true)) ++shared.ready;
    if (clock.monotonic() > give_up)
      return fail(
          schemas::error_of(schemas::code::timed_out, "rows told: " + std::to_string(told.latencies_us.size())));
  }
  return {};
}

json::Value summarise(std::vector<Told>& tallies, std::int64_t cpu_us) {
  std::vector<std::int64_t> all;
  std::uint64_t events = 0;
  std::int64_t last_us = 0;
  for (Told& told : tallies) {
    all.insert(all.end(), told.latencies_us.begin(), told.latencies_us.end());
    events += told.events;
    last_us = std::max(last_us, told.last_us);
  }
  std::sort(all.begin(), all.end());
  const double cpu = static_cast<double>(cpu_us) / static_cast<double>(std::max<std::size_t>(1, all.size()));
  return json::object({{"subscribers", tallies.size()},
                       {"rows", all.size()},
                       {"events", events},
                       {"last_us", last_us},
                       {"p50_us", percentile(all, 50)},
                       {"p99_us", percentile(all, 99)},
                       {"cpu_us_per_row", json::Value::real(cpu, 2)}});
}

}  // namespace

Result<json::Value> bench_events(const BenchEventsOptions& options) {
  TRY_ASSIGN(const BenchPlan plan, read_bench_plan(options.world));
  TRY_ASSIGN(const auto context, net::Context::open());
  const std::size_t count = plan.homes.size();
  Shared shared;
  std::vector<Told> tallies(count);
  std::vector<Error> errors(count);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      if (auto done = listen(*context, plan.homes[i], plan.choices[i].front(), options, shared, tallies[i]); !done) {
        errors[i] = done.error();
        shared.failed = true;
      }
    });
  while (shared.ready < count && !shared.failed) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::int64_t cpu_begin = process_cpu_us();
  if (auto written = store::write_file_durably(options.ready_file, {}, 0644); !written) {
    shared.failed = true;
    errors.push_back(written.error());
  }
  for (std::thread& thread : threads) thread.join();
  for (Error& error : errors)
    if (!error.what.empty()) return fail(std::move(error));
  return summarise(tallies, process_cpu_us() - cpu_begin);
}

}  // namespace steelyard::cli
