#include "broker/log_setup.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace steelyard::broker {

void set_up_log(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(level == "warn" ? spdlog::level::warn : spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("time=%Y-%m-%dT%H:%M:%S.%fZ level=%l %v",
                                                                    spdlog::pattern_time_type::utc));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace steelyard::broker
