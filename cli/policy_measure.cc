#include "cli/policy_measure.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include "cli/ticks.h"
#include "policy/authorizer.h"
#include "policy/snapshot.h"

namespace steelyard::cli {
namespace {

using policy::Decider;
using policy::EntityUid;
using policy::KnownEntities;
using policy::PoliciesInForce;
using policy::Request;
using policy::Value;

// So many requests are made before the first of them is timed: they are as a request is that has just been read.
constexpr std::size_t kBatch = 1'000;
constexpr std::size_t kWrongPurposeOf = 16;  // one of so many

// Sums up what decisions of a kind were.
class Sum {
 public:
  explicit Sum(std::size_t count) { each_.reserve(count); }

  void add(double ns, const Decider::Brief& decision, std::size_t looked_at) {
    each_.push_back(static_cast<float>(ns));
    measured_.allowed += decision.allow ? 1 : 0;
    measured_.erred += decision.erred ? 1 : 0;
    looked_at_ += looked_at;
    measured_.looked_at_max = std::max(measured_.looked_at_max, looked_at);
  }
  void note(bool as_expected) { measured_.as_expected = measured_.as_expected && as_expected; }
  Measured take() {
    measured_.decisions = each_.size();
    measured_.looked_at = each_.empty() ? 0 : static_cast<double>(looked_at_) / static_cast<double>(each_.size());
    measured_.ns = spread_of(each_);
    return measured_;
  }

 private:
  Measured measured_;
  std::vector<float> each_;
  std::size_t looked_at_ = 0;
};

struct Drawn {
  std::size_t agreement, field;
  bool right_purpose;
};

class Draws {
 public:
  Draws(const PolicyWorld& world, std::uint64_t seed) : world_(world), random_(seed) {}

  Drawn next() {
    return {random_() % world_.agreements(), random_() % PolicyWorld::kFields, random_() % kWrongPurposeOf != 0};
  }

 private:
  const PolicyWorld& world_;
  std::mt19937_64 random_;
};

}  // namespace

Spread spread_of(std::vector<float>& each) {
  Spread spread;
  if (each.empty()) return spread;
  double sum = 0;
  for (const float one : each) sum += one;
  spread.mean = sum / static_cast<double>(each.size());
  const auto at = [&each](std::size_t place) {
    std::nth_element(each.begin(), each.begin() + static_cast<std::ptrdiff_t>(place), each.end());
    return static_cast<double>(each[place]);
  };
  spread.p50 = at(each.size() / 2);
  spread.p99 = at(each.size() * 99 / 100);
  spread.most = at(each.size() - 1);
  return spread;
}

Measured measure_each(const KnownEntities& entities, const PoliciesInForce& policies, const Draw& draw,
                      std::size_t count) {
  Sum sum(count);
  std::vector<Request> requests;
  for (std::size_t done = 0; done < count; done += requests.size()) {
    requests.clear();
    while (requests.size() < std::min(kBatch, count - done)) requests.push_back(draw(done + requests.size()));
    for (const Request& request : requests) {
      const std::uint64_t began = Ticks::now();
      Decider decider(request, entities, policies);
      const auto decision = decider.decide_briefly(request.resource);
      const std::uint64_t ended = Ticks::now();
      sum.add(Ticks::nanoseconds(began, ended), decision, decider.looked_at());
    }
  }
  return sum.take();
}

Measured measure_hot(const KnownEntities& entities, const PoliciesInForce& policies, const Request& request,
                     std::size_t count) {
  constexpr std::size_t kTogether = 1'000;
  Sum sum(count / kTogether + 1);
  for (std::size_t done = 0; done < count; done += kTogether) {
    const std::uint64_t began = Ticks::now();
    std::size_t erred = 0;
    for (std::size_t i = 1; i < kTogether; ++i)
      erred += Decider(request, entities, policies).decide_briefly(request.resource).erred ? 1 : 0;
    Decider last(request, entities, policies);
    const auto decision = last.decide_briefly(request.resource);
    const std::uint64_t ended = Ticks::now();
    sum.add(Ticks::nanoseconds(began, ended) / static_cast<double>(kTogether), decision, last.looked_at());
    if ((erred != 0) != decision.erred) sum.note(false);
  }
  return sum.take();
}

Measured measure_random(const PolicyWorld& world, const KnownEntities& entities, const PoliciesInForce& policies,
                        std::size_t count, std::uint64_t seed) {
  Draws draws(world, seed);
  std::size_t expected = 0;
  const auto draw = [&](std::size_t) {
    const Drawn one = draws.next();
    expected += one.right_purpose && world.granted(one.agreement, one.field) ? 1 : 0;
    return world.request(one.agreement, one.field, one.right_purpose);
  };
  Measured measured = measure_each(entities, policies, draw, count);
  measured.as_expected = measured.allowed == expected && measured.erred == 0;
  return measured;
}

Measured measure_fields(const PolicyWorld& world, const KnownEntities& entities, const PoliciesInForce& policies,
                        std::size_t count, bool hot, std::uint64_t seed) {
  struct Call {
    Request request;
    std::vector<Value> fields;
    std::vector<const policy::Entities::Known*> known;
  };
  Draws draws(world, seed);
  const auto draw = [&]() {
    const std::size_t agreement = draws.next().agreement;
    Call call{world.request(agreement, 0), {}, {}};
    for (std::size_t i = 0; i < PolicyWorld::kFields; ++i) {
      if (!world.granted(agreement, i)) continue;
      call.fields.push_back(Value::entity(world.field(agreement, i)));
      call.known.push_back(entities.find(call.fields.back().as_entity()));
    }
    return call;
  };
  Sum sum(count);
  std::vector<Call> calls;
  for (std::size_t done = 0; done < count; done += kBatch) {
    if (!hot || calls.empty()) {
      calls.clear();
      while (calls.size() < (hot ? 1 : kBatch)) calls.push_back(draw());
    }
    for (std::size_t i = 0; i < std::min(kBatch, count - done); ++i) {
      const Call& call = calls[i % calls.size()];
      const std::uint64_t began = Ticks::now();
      Decider decider(call.request, entities, policies);
      std::size_t allowed = 0;
      Decider::Brief decision;
      for (std::size_t field = 0; field < call.fields.size(); ++field) {
        decision = decider.decide_briefly(call.fields[field].as_entity(), call.known[field]);
        allowed += decision.allow && !decision.erred ? 1 : 0;
      }
      const std::uint64_t ended = Ticks::now();
      sum.note(allowed == PolicyWorld::kGranted);
      sum.add(Ticks::nanoseconds(began, ended), decision, decider.looked_at());
    }
  }
  return sum.take();
}

namespace {

// Decides at random by the newest snapshot, on a thread of its own, from when it is made until it is stopped.
class Deciding {
 public:
  Deciding(const PolicyWorld& world, const policy::Snapshots& snapshots, std::uint64_t seed)
      : world_(world), snapshots_(snapshots), draws_(world, seed), thread_([this] { run(); }) {}

  // The last snapshot that a decision was made by.
  std::uint64_t seen() const { return seen_.load(std::memory_order_acquire); }
  // Stops it; what each decision took.
  Spread stop() {
    stopped_ = true;
    thread_.join();
    return spread_of(each_);
  }
  bool sound() const { return sound_; }  // no decision erred; after stop()

 private:
  void run() {
    policy::Snapshots::Reader reader(snapshots_);
    std::vector<Request> requests;
    while (!stopped_) {
      requests.clear();
      while (requests.size() < kBatch / 10) {
        const Drawn one = draws_.next();
        requests.push_back(world_.request(one.agreement, one.field, one.right_purpose));
      }
      for (const Request& request : requests) {
        const std::uint64_t began = Ticks::now();
        const policy::Snapshot& newest = reader.newest();
        Decider decider(request, newest.entities, newest.policies);
        const auto decision = decider.decide_briefly(request.resource);
        const std::uint64_t ended = Ticks::now();
        sound_ = sound_ && !decision.erred;
        each_.push_back(static_cast<float>(Ticks::nanoseconds(began, ended)));
        seen_.store(reader.number(), std::memory_order_release);
      }
    }
  }

  const PolicyWorld& world_;
  const policy::Snapshots& snapshots_;
  Draws draws_;
  std::vector<float> each_;
  bool sound_ = true;
  std::atomic<std::uint64_t> seen_{0};
  std::atomic<bool> stopped_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace

Changed measure_changes(const PolicyWorld& world, const KnownEntities& entities, policy::PolicySet& policies,
                        std::size_t changes, std::uint64_t seed) {
  constexpr std::chrono::milliseconds kBetween(5);
  const auto snapshot = [&] { return std::make_shared<const policy::Snapshot>(entities, policies); };
  policy::Snapshots snapshots(snapshot());
  Changed changed;
  Deciding before(world, snapshots, seed);
  std::this_thread::sleep_for(kBetween * changes);
  changed.idle_ns = before.stop();

  std::vector<float> effects;
  Deciding meanwhile(world, snapshots, seed + 1);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t nth = world.agreements() + i / 2;  // put, and taken away again
    const bool added = i % 2 == 0;
    const std::uint64_t began = Ticks::now();
    const bool done =
        added ? world.put_agreement(nth, policies).has_value() : policies.remove(PolicyWorld::policy_id(nth));
    const auto next = snapshot();
    const std::uint64_t number = snapshots.publish(next);
    while (meanwhile.seen() < number) std::this_thread::yield();
    effects.push_back(static_cast<float>(Ticks::nanoseconds(began, Ticks::now())));
    for (std::size_t field = 0; field < PolicyWorld::kFields; ++field) {
      const Request request = world.request(nth, field);
      const bool allowed = Decider(request, next->entities, next->policies).decide_briefly(request.resource).allow;
      changed.as_expected = changed.as_expected && done && allowed == (added && world.granted(nth, field));
    }
    std::this_thread::sleep_for(kBetween);
  }
  changed.meanwhile_ns = meanwhile.stop();
  changed.as_expected = changed.as_expected && before.sound() && meanwhile.sound();
  changed.effect_ns = spread_of(effects);
  return changed;
}

}  // namespace steelyard::cli
