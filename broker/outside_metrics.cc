#include "broker/outside_metrics.h"

#include "core/metrics/page.h"

namespace steelyard::broker {

std::string outside_metrics(const Outside& outside) {
  metrics::Page page;
  if (outside.witnesses != nullptr)
    page.counter("steelyard_log_witness_failures_total", "times that an outside witness did not cosign a checkpoint",
                 outside.witnesses->failed());
  if (outside.stamper != nullptr) {
    page.counter("steelyard_log_stamps_total", "time stamps kept", outside.stamper->stamped());
    page.counter("steelyard_log_stamp_failures_total", "times that no time stamp was had", outside.stamper->failed());
  }
  for (const int status : {200, 404, 503})
    page.counter("steelyard_log_pages_total", "pages of the public log, by status",
                 outside.readers->answered[static_cast<std::size_t>(status)], {{"status", std::to_string(status)}});
  return page.text();
}

}  // namespace steelyard::broker
