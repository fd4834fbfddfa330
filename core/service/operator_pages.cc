#include "core/service/operator_pages.h"

#include <fmt/format.h>

#include "core/base/limits.h"

namespace steelyard::service {

namespace {

http::Response plain(int status, std::string body) {
  http::Response response;  // plain text unless it says otherwise
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace

json::Value troubles_json(const std::vector<Trouble>& troubles) {
  json::Array told;
  for (const Trouble& trouble : troubles)
    told.push_back(json::object({{"code", trouble.code}, {"what", trouble.what}}));
  return told;
}

std::optional<Trouble> stuck_since(Duration turned, const Clock& clock, std::string_view code) {
  const Duration still = clock.monotonic() - turned;
  if (still <= limits::kSnapshotLate) return {};
  return Trouble{code, fmt::format("the loop has not turned for {:.0f} s", metrics::in_seconds(still))};
}

std::string metrics_text(const http::ServerCounts& counts) {
  metrics::Page page;
  page.counter("steelyard_operators_cut_total", "connections to these pages that were cut off by their deadline",
               counts.cut);
  return page.text();
}

http::Response codes_page(const std::vector<std::string_view>& codes) {
  if (codes.empty()) return plain(200, "ok\n");
  std::string why;
  for (const std::string_view code : codes) why.append(code) += '\n';
  return plain(503, std::move(why));
}

http::Response starting_page() { return plain(503, "starting\n"); }

}  // namespace steelyard::service
