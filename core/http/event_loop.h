// EventLoop: libevent's base and the one thread that turns it. Private to core/http.
//
// What is watched is put in before run(), and by callbacks after it. Owns: base and thread, which stop() joins; what
// was watched is freed between stop() and the end of this object. Threads: callbacks run on its own. Errors: kStop.
#pragma once

#include <event2/event.h>

#include <memory>
#include <thread>

#include "core/base/freed.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace steelyard::http {

class EventLoop {
 public:
  using Timer = std::unique_ptr<event, Freed<event_free>>;

  ~EventLoop() { stop(); }

  Status open();
  event_base* base() const { return base_.get(); }
  Result<Timer> every(Duration period, event_callback_fn call, void* self);
  void run();
  void stop();

 private:
  std::unique_ptr<event_base, Freed<event_base_free>> base_;
  std::thread thread_;
};

}  // namespace steelyard::http
