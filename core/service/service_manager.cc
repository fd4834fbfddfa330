#include "core/service/service_manager.h"

#include <systemd/sd-daemon.h>

#include <utility>

namespace steelyard::service {
namespace {

// sd_notify itself does nothing without NOTIFY_SOCKET; 0: the environment stays as it is.
void tell(const std::string& state) { static_cast<void>(sd_notify(0, state.c_str())); }

}  // namespace

ServiceManager ServiceManager::from_environment() {
  ServiceManager made;
  std::uint64_t interval_us = 0;
  if (sd_watchdog_enabled(0, &interval_us) > 0)
    made.alive_every_ = Duration{static_cast<std::int64_t>(interval_us / 2)};
  return made;
}

void ServiceManager::ready(const std::string& status) { tell("READY=1\nSTATUS=" + status); }

void ServiceManager::status(const std::string& status) { tell("STATUS=" + status); }

void ServiceManager::alive(Duration now) {
  if (!alive_every_ || (alive_at_ && now < *alive_at_ + *alive_every_)) return;
  alive_at_ = now;
  tell("WATCHDOG=1");
}

void ServiceManager::stopping() {
  if (!std::exchange(stopping_, true)) tell("STOPPING=1");
}

}  // namespace steelyard::service
