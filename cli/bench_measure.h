// What `bench run` and `bench events` share: their question, their sessions, percentiles, processor time.
// Threads: any. Errors: open_bench_node() as Node::open().
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/client/consumer.h"

namespace steelyard::cli {

// Fields f1 to f5, of which `bench prepare` grants the first four; dataset and agreement are still to be said.
client::Query bench_query(const MemberId& member);

// Keeps no replica; with `witness` its log is proved and witnessed.
Result<std::unique_ptr<client::Node>> open_bench_node(net::Context& context, const std::string& home,
                                                      const Clock& clock, bool witness);

std::int64_t percentile(const std::vector<std::int64_t>& sorted, double percent);  // 0 of none
std::int64_t process_cpu_us();

}  // namespace steelyard::cli
