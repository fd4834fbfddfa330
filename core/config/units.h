// Durations and sizes as people write them: "250ms", "64KiB".
//
// Threads: pure functions. Errors: nullopt for anything else, overflow included.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/time.h"

namespace steelyard::config {

std::optional<Duration> duration_from_text(std::string_view text);   // us, ms, s, m, h, d
std::optional<std::uint64_t> size_from_text(std::string_view text);  // B, KiB, MiB, GiB, TiB

}  // namespace steelyard::config
