// source-load: asks one source by key at a rate, as the provider does: what its [limits] hold back is not read.
//
//   source-load MAP KEYS SECONDS RATE
//
// Keys are k0 to k<KEYS-1>, at random. Prints one JSON object: reads, held_back, rows, p50_us, p99_us of the reads.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "adapters/limited_source.h"
#include "adapters/open_source.h"

namespace steelyard::adapters {
namespace {

struct Work {
  std::string map;
  std::uint64_t keys = 0, seconds = 0, rate = 0;
};

Result<Work> work_of(int count, char** words) {
  Work work;
  bool good = count == 5;
  if (good) work.map = words[1];
  std::uint64_t* const numbers[] = {&work.keys, &work.seconds, &work.rate};
  for (int i = 0; good && i < 3; ++i) {
    const std::string_view word = words[i + 2];
    good = std::from_chars(word.data(), word.data() + word.size(), *numbers[i]).ec == std::errc() && *numbers[i] > 0;
  }
  if (!good) return fail(ErrorKind::kFix, "usage: source-load MAP KEYS SECONDS RATE");
  return work;
}

Status run(const Work& work) {
  const SystemClock clock;
  TRY_ASSIGN(DatasetMap map, load_dataset_map(work.map));
  ReadPlan plan;
  plan.dataset = map.dataset;
  for (const MappedField& field : map.fields) plan.fields.push_back(field.name);
  plan.parameters = {{map.key, schemas::Compare::kEq, {schemas::Value(std::string())}}};
  TRY_ASSIGN(const auto source, open_source(std::move(map), clock));
  std::mt19937_64 random(1);
  std::vector<std::int64_t> took;
  std::uint64_t held_back = 0, rows = 0;
  const Duration began = clock.monotonic();
  const Duration ends = began + seconds(static_cast<std::int64_t>(work.seconds));
  for (std::uint64_t asked = 0;; ++asked) {
    const Duration due = began + Duration{static_cast<std::int64_t>(asked * 1'000'000 / work.rate)};
    const Duration now = clock.monotonic();
    if (now >= ends) break;
    if (due > now) std::this_thread::sleep_for(std::chrono::microseconds((due - now).us));
    const Duration start = clock.monotonic();
    if (holding(*source, nullptr, clock)) {
      ++held_back;
      continue;
    }
    plan.parameters[0].values[0] = "k" + std::to_string(random() % work.keys);
    TRY_ASSIGN(const ReadResult result, source->read(plan));
    const Duration end = clock.monotonic();
    took.push_back((end - start).us);
    rows += result.rows.count;
  }
  std::sort(took.begin(), took.end());
  const auto at = [&](std::size_t percent) { return took.empty() ? 0 : took[(took.size() - 1) * percent / 100]; };
  std::printf("{\"reads\": %zu, \"held_back\": %llu, \"rows\": %llu, \"p50_us\": %lld, \"p99_us\": %lld}\n",
              took.size(), static_cast<unsigned long long>(held_back), static_cast<unsigned long long>(rows),
              static_cast<long long>(at(50)), static_cast<long long>(at(99)));
  return {};
}

}  // namespace
}  // namespace steelyard::adapters

int main(int count, char** words) {
  const auto work = steelyard::adapters::work_of(count, words);
  const steelyard::Status ran = work ? steelyard::adapters::run(*work) : tl::unexpected(work.error());
  if (ran) return 0;
  std::fprintf(stderr, "source-load: %s\n", ran.error().what.c_str());
  return 1;
}
