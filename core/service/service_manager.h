// ServiceManager: what systemd is told of this process: ready, alive, stopping; sd_notify(3), unit type `notify`.
//
// Where nobody asked to be told (no NOTIFY_SOCKET in the environment) every call does nothing. alive() comes from the
// thread whose standing still has to be noticed, as often as it likes; one in half the watchdog's interval is sent.
// Owns: nothing. Threads: one. Errors: none: a manager that hears nothing starts the process again, as it should.
#pragma once

#include <optional>
#include <string>

#include "core/base/time.h"

namespace steelyard::service {

class ServiceManager {
 public:
  static ServiceManager from_environment();

  // `status` is the line that `systemctl status` shows: no secret, no personal data.
  void ready(const std::string& status);
  void status(const std::string& status);
  void alive(Duration now);  // monotonic
  void stopping();           // says so once

 private:
  std::optional<Duration> alive_every_;  // none: there is no watchdog
  std::optional<Duration> alive_at_;     // when it was told last
  bool stopping_ = false;
};

}  // namespace steelyard::service
