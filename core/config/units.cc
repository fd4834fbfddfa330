#include "core/config/units.h"

#include <charconv>
#include <limits>
#include <span>

namespace steelyard::config {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr Unit kDurations[] = {{"us", 1},
                               {"ms", 1'000},
                               {"s", 1'000'000},
                               {"m", 60'000'000ULL},
                               {"h", 3'600'000'000ULL},
                               {"d", 86'400'000'000ULL}};
constexpr Unit kSizes[] = {
    {"B", 1}, {"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}, {"TiB", 1ULL << 40}};
constexpr std::uint64_t kMax = std::numeric_limits<std::int64_t>::max();

std::optional<std::uint64_t> measure(std::string_view text, std::span<const Unit> units) {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc()) return std::nullopt;
  const std::string_view name(stop, static_cast<std::size_t>(end - stop));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (count > kMax / unit.factor) return std::nullopt;
    return count * unit.factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Duration> duration_from_text(std::string_view text) {
  const auto us = measure(text, kDurations);
  if (!us) return std::nullopt;
  return Duration{static_cast<std::int64_t>(*us)};
}

std::optional<std::uint64_t> size_from_text(std::string_view text) { return measure(text, kSizes); }

}  // namespace steelyard::config
