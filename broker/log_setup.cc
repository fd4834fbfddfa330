#include "broker/log_setup.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/base/plain_text.h"

namespace steelyard::broker {

namespace {

// %*: the line's text, whatever it quotes, as one line that steers no terminal.
class PlainPayload final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& to) override {
    const std::string plain = escaped({message.payload.data(), message.payload.size()});
    to.append(plain.data(), plain.data() + plain.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<PlainPayload>(); }
};

}  // namespace

void set_up_log(const std::string& level) {
  auto logger = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(level == "warn" ? spdlog::level::warn : spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  auto line = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  line->add_flag<PlainPayload>('*').set_pattern("time=%Y-%m-%dT%H:%M:%S.%fZ level=%l %*");
  logger->set_formatter(std::move(line));
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace steelyard::broker
