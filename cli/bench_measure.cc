#include "cli/bench_measure.h"

#include <sys/resource.h>

#include <algorithm>

namespace steelyard::cli {

client::Query bench_query(const MemberId& member) {
  client::Query query;
  query.application = ApplicationId("app-" + member.text);
  query.purpose = PurposeId("bench-purpose");
  for (const char* field : {"f1", "f2", "f3", "f4", "f5"}) query.fields.push_back(FieldName(field));
  return query;
}

Result<std::unique_ptr<client::Node>> open_bench_node(net::Context& context, const std::string& home,
                                                      const Clock& clock, bool witness) {
  TRY_ASSIGN(auto identity, client::read_identity_file(home + "/identity.toml"));
  client::NodeOptions options;
  options.software = "steelyard bench";
  options.keep_state = false;
  options.witness = witness;
  return client::Node::open(context, std::move(identity), options, clock);
}

std::int64_t percentile(const std::vector<std::int64_t>& sorted, double percent) {
  if (sorted.empty()) return 0;
  const auto at = static_cast<std::size_t>(static_cast<double>(sorted.size()) * percent / 100);
  return sorted[std::min(sorted.size() - 1, at)];
}

std::int64_t process_cpu_us() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1'000'000L + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

}  // namespace steelyard::cli
