#include "cli/bench_drive.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include <fmt/format.h>

#include "cli/bench_measure.h"
#include "cli/bench_plan.h"
#include "cli/bench_world.h"
#include "core/client/consumer.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr unsigned kContexts = 2;  // each has a thread of its own that encrypts and decrypts for its sessions

// Draws one of the choices: evenly, or by Zipf's law with exponent 1 over the datasets' ranks.
class Draw {
 public:
  Draw(const std::vector<BenchChoice>& choices, bool zipf, std::uint64_t seed) : random_(seed) {
    double sum = 0;
    for (const BenchChoice& choice : choices) {
      sum += zipf ? 1.0 / static_cast<double>(choice.rank + 1) : 1.0;
      cumulated_.push_back(sum);
    }
  }
  std::size_t index() {
    const double at = std::uniform_real_distribution<double>(0, cumulated_.back())(random_);
    const auto found = std::upper_bound(cumulated_.begin(), cumulated_.end(), at);
    return std::min<std::size_t>(static_cast<std::size_t>(found - cumulated_.begin()), cumulated_.size() - 1);
  }
  unsigned below(unsigned count) { return static_cast<unsigned>(random_() % count); }

 private:
  std::mt19937_64 random_;
  std::vector<double> cumulated_;
};

struct Span {  // shared by all threads; monotonic microseconds, 0: not yet known
  std::atomic<unsigned> ready{0};
  std::atomic<std::int64_t> begin{0};
  std::atomic<std::int64_t> end{0};
  std::atomic<bool> failed{false};
};

struct Ended {
  std::uint32_t consumer = 0;
  ErrorCode why = 0;
  std::int64_t due_us = 0, took_us = 0;
};

struct Tally {
  std::vector<std::int64_t> latencies_us;
  std::map<ErrorCode, std::uint64_t> outcomes;  // 0: answered
  std::uint64_t asked = 0;
  std::vector<Ended> ended;  // all of them, where they are to be written
  std::uint64_t signatures = 0, verifications = 0, commits = 0, unproved = 0;
};

class Driver {
 public:
  // `receipts` is null where none are kept.
  Driver(std::unique_ptr<client::Node> node, std::unique_ptr<client::ReceiptStore> receipts,
         const std::vector<BenchChoice>& choices, const BenchDriveOptions& options, unsigned rows, std::size_t consumer)
      : node_(std::move(node)),
        receipts_(std::move(receipts)),
        consumer_(*node_, receipts_.get(), {.keep_receipts = receipts_ != nullptr, .prove = options.prove}),
        choices_(choices),
        draw_(choices, options.zipf, options.seed + consumer),
        number_(consumer),
        window_(options.window + consumer % (options.window_max - options.window + 1)),
        rows_(rows),
        keep_ended_(!options.outcomes_file.empty()) {
    query_ = bench_query(node_->identity().member);
    query_.parameters = {{FieldName("k"), schemas::Compare::kEq, {schemas::Value()}}};
    query_.operator_id.assign(220, 'o');  // with the rest: about 512 octets of parameters and behalf
    query_.case_number.assign(256, 'c');
  }

  client::Node& node() { return *node_; }

  // Asks every so often from `first` on, instead of whenever an answer has come.
  void pace(Duration every, Duration first) {
    every_ = every;
    due_ = first;
  }

  Status step(Duration wait, const Span& span, Tally& tally) {
    if (every_.us > 0) wait = std::clamp(due_ - node_->clock().monotonic(), Duration{0}, wait);
    TRY_ASSIGN(const auto incoming, node_->step(wait));
    for (const client::Incoming& message : incoming) consumer_.handle(message);
    consumer_.tick();
    const std::int64_t now = node_->clock().monotonic().us;
    if (!began_ && span.begin != 0 && now >= span.begin) {
      began_ = true;
      at_begin_ = node_->counters();
      commits_at_begin_ = commits();
    }
    for (const client::Outcome& outcome : consumer_.take_outcomes()) TRY(count(outcome, now, span, tally));
    if (every_.us > 0) return ask_what_is_due(span, tally);
    while (node_->up() && consumer_.open() < window_ && now >= resume_) TRY(ask({now}, span, tally));
    return {};
  }

  void end(Tally& tally) const {
    tally.signatures += node_->counters().signatures - at_begin_.signatures;
    tally.verifications += node_->counters().verifications - at_begin_.verifications;
    tally.commits += commits() - commits_at_begin_;
    tally.unproved += node_->held();
  }

 private:
  std::uint64_t commits() const { return receipts_ == nullptr ? 0 : receipts_->commits(); }

  // What could not be asked for a second is not made up for.
  Status ask_what_is_due(const Span& span, Tally& tally) {
    const Duration now = node_->clock().monotonic();
    due_ = std::max(due_, now - seconds(1));
    for (; due_ <= now; due_ = due_ + every_)
      if (node_->up() && consumer_.open() < window_) TRY(ask(due_, span, tally));
    return {};
  }

  Status ask(Duration due, const Span& span, Tally& tally) {
    const BenchChoice& choice = choices_[draw_.index()];
    query_.dataset = choice.dataset;
    query_.agreement = choice.agreement;
    query_.parameters.front().values.front() = bench_key(draw_.below(rows_));
    TRY_ASSIGN(const ExchangeId id, consumer_.ask(query_));
    if (every_.us > 0) due_of_.emplace(id, due);
    if (in_span(due.us, span)) tally.asked += 1;
    return {};
  }

  static bool in_span(std::int64_t at, const Span& span) {
    const std::int64_t begin = span.begin;
    return begin != 0 && at >= begin && at < span.end;
  }

  Status count(const client::Outcome& outcome, std::int64_t now, const Span& span, Tally& tally) {
    const bool good = outcome.kind == client::OutcomeKind::kAnswered && outcome.code == 0 && outcome.rows.count == 1 &&
                      outcome.withheld.size() == 1;
    const ErrorCode why = good ? 0 : outcome.code == 0 ? schemas::code::timed_out : outcome.code;
    if (why == schemas::code::busy) resume_ = now + milliseconds(outcome.delay_ms).us;
    if (!good && why != schemas::code::busy && every_.us == 0)
      return fail(schemas::error_of(why, "an exchange was not answered with one row and one field withheld"));
    std::int64_t took = outcome.took.us;
    if (const auto due = due_of_.find(outcome.id); due != due_of_.end()) {
      took = now - due->second.us;
      due_of_.erase(due);
    }
    if (keep_ended_) tally.ended.push_back({static_cast<std::uint32_t>(number_), why, now - took, took});
    if (!in_span(now, span)) return {};
    tally.outcomes[why] += 1;
    if (good) tally.latencies_us.push_back(took);
    return {};
  }

  std::unique_ptr<client::Node> node_;
  std::unique_ptr<client::ReceiptStore> receipts_;
  client::Consumer consumer_;
  const std::vector<BenchChoice>& choices_;
  Draw draw_;
  std::size_t number_;
  std::size_t window_;
  unsigned rows_;
  bool keep_ended_;
  std::int64_t resume_ = 0;   // the broker asked to wait until then; monotonic microseconds
  Duration every_{}, due_{};  // of a pace; monotonic
  std::map<ExchangeId, Duration> due_of_;
  client::Query query_;  // of which each question changes what it asks for
  bool began_ = false;   // the span
  client::Node::Counters at_begin_;
  std::uint64_t commits_at_begin_ = 0;
};

Result<std::unique_ptr<client::ReceiptStore>> open_receipts(const std::string& state_dir) {
  TRY(store::make_dir(state_dir, 0700));
  return client::ReceiptStore::open(state_dir + "/receipts");
}

Status drive(const BenchPlan& plan, const BenchDriveOptions& options, unsigned threads, net::Context& context,
             unsigned thread, Span& span, Tally& tally) {
  const SystemClock clock;
  std::vector<std::unique_ptr<Driver>> drivers;
  const auto consumers = static_cast<double>(plan.homes.size());
  for (std::size_t i = thread; i < plan.homes.size(); i += threads) {
    TRY_ASSIGN(auto node, open_bench_node(context, plan.homes[i], clock, options.prove));
    std::unique_ptr<client::ReceiptStore> receipts;
    if (options.receipts) {
      TRY_ASSIGN(receipts, open_receipts(node->identity().state_dir));
    }
    drivers.push_back(
        std::make_unique<Driver>(std::move(node), std::move(receipts), plan.choices[i], options, plan.rows, i));
    if (options.rate <= 0) continue;
    const Duration every{std::max<std::int64_t>(1, static_cast<std::int64_t>(consumers / options.rate * 1e6))};
    const double share = static_cast<double>(i) / consumers;  // of the pause: they do not ask all at once
    drivers.back()->pace(
        every, clock.monotonic() + Duration{static_cast<std::int64_t>(share * static_cast<double>(every.us))});
  }
  bool counted_ready = false;
  const Duration give_up = clock.monotonic() + Duration{static_cast<std::int64_t>(options.connect_seconds * 1e6)};
  while (!span.failed && (span.end == 0 || clock.monotonic().us < span.end)) {
    // One thread with many Nodes must not sleep in one of them while another has work.
    const Duration wait = drivers.size() == 1 ? milliseconds(20) : Duration{200};
    for (auto& driver : drivers) TRY(driver->step(wait, span, tally));
    const bool up = std::all_of(drivers.begin(), drivers.end(), [](auto& d) { return d->node().up(); });
    if (up && !counted_ready) {
      counted_ready = true;
      ++span.ready;
    }
    if (!counted_ready && clock.monotonic() > give_up)
      return fail(schemas::error_of(schemas::code::broker_away, "sessions did not come up in time"));
  }
  for (auto& driver : drivers) driver->end(tally);
  return {};
}

std::string_view name_of(ErrorCode why) { return why == 0 ? std::string_view("ok") : schemas::slug_of(why); }

json::Value summarise(std::vector<Tally>& tallies, const BenchDriveOptions& options, std::int64_t cpu_us) {
  std::vector<std::int64_t> all;
  std::uint64_t signatures = 0, verifications = 0, commits = 0, unproved = 0, asked = 0;
  std::map<ErrorCode, std::uint64_t> by_code;
  for (Tally& tally : tallies) {
    asked += tally.asked;
    for (const auto& [why, count] : tally.outcomes) by_code[why] += count;
    all.insert(all.end(), tally.latencies_us.begin(), tally.latencies_us.end());
    signatures += tally.signatures;
    verifications += tally.verifications;
    commits += tally.commits;
    unproved += tally.unproved;
  }
  std::sort(all.begin(), all.end());
  json::Value outcomes = json::object({});
  for (const auto& [why, count] : by_code) outcomes.set(std::string(name_of(why)), count);
  const double count = static_cast<double>(all.size());
  return json::object(
      {{"exchanges", all.size()},
       {"seconds", json::Value::real(options.seconds, 3)},
       {"exchanges_per_s", json::Value::real(count / options.seconds, 1)},
       {"p50_us", percentile(all, 50)},
       {"p99_us", percentile(all, 99)},
       {"cpu_us_per_exchange", json::Value::real(static_cast<double>(cpu_us) / std::max(count, 1.0), 2)},
       {"signatures", signatures},
       {"verifications", verifications},
       {"commits", commits},
       {"unproved", unproved},
       {"seed", options.seed},
       {"asked", asked},
       {"outcomes", outcomes}});
}

Status write_outcomes(const std::string& path, const std::vector<Tally>& tallies) {
  std::string text;
  for (const Tally& tally : tallies)
    for (const Ended& one : tally.ended)
      text += fmt::format("{} {} {} {}\n", one.consumer, one.due_us, one.took_us, name_of(one.why));
  return store::write_file_durably(path, as_bytes(text), 0644);
}

}  // namespace

Result<json::Value> bench_drive(const BenchDriveOptions& options) {
  if (options.window == 0 || options.window_max < options.window || options.seconds <= 0)
    return fail(
        schemas::error_of(schemas::code::usage, "window and seconds must be positive, window-max not below it"));
  TRY_ASSIGN(const BenchPlan plan, read_bench_plan(options.world));
  const auto consumers = static_cast<unsigned>(plan.homes.size());
  const unsigned count = options.threads == 0 ? consumers : std::min(options.threads, consumers);
  std::vector<std::unique_ptr<net::Context>> contexts;
  for (unsigned i = 0; i < std::min(count, kContexts); ++i) {
    TRY_ASSIGN(auto context, net::Context::open());
    contexts.push_back(std::move(context));
  }
  Span span;
  std::vector<Tally> tallies(count);
  std::vector<Error> errors(count);
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < count; ++t)
    threads.emplace_back([&, t] {
      if (auto done = drive(plan, options, count, *contexts[t % contexts.size()], t, span, tallies[t]); !done) {
        errors[t] = done.error();
        span.failed = true;
      }
    });

  const SystemClock clock;
  while (span.ready < count && !span.failed) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::int64_t begin = clock.monotonic().us + static_cast<std::int64_t>(options.warmup_seconds * 1e6);
  const std::int64_t end = begin + static_cast<std::int64_t>(options.seconds * 1e6);
  span.end = end;
  span.begin = begin;
  if (!options.span_file.empty()) {
    const std::string text = fmt::format("{} {}\n", begin, end);
    if (auto written = store::write_file_durably(options.span_file, as_bytes(text), 0644); !written) span.failed = true;
  }
  const auto wait_until = [&](std::int64_t us) {
    for (std::int64_t left = us - clock.monotonic().us; left > 0 && !span.failed; left = us - clock.monotonic().us)
      std::this_thread::sleep_for(std::chrono::microseconds(std::min<std::int64_t>(left, 100'000)));
  };
  wait_until(begin);
  const std::int64_t cpu_begin = process_cpu_us();
  wait_until(end);
  const std::int64_t cpu = process_cpu_us() - cpu_begin;
  for (std::thread& thread : threads) thread.join();
  for (Error& error : errors)
    if (!error.what.empty()) return fail(std::move(error));
  if (!options.outcomes_file.empty()) TRY(write_outcomes(options.outcomes_file, tallies));
  if (options.rate <= 0 &&
      std::all_of(tallies.begin(), tallies.end(), [](const Tally& tally) { return tally.latencies_us.empty(); }))
    return fail(schemas::error_of(schemas::code::timed_out, "no exchange was answered in the span"));
  return summarise(tallies, options, cpu);
}

}  // namespace steelyard::cli
