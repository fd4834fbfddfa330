#include "core/http/event_loop.h"

#include <event2/thread.h>
#include <signal.h>

#include <mutex>

namespace steelyard::http {

Status EventLoop::open() {
  static std::once_flag threads;
  std::call_once(threads, [] { evthread_use_pthreads(); });
  base_.reset(event_base_new());
  if (base_ == nullptr) return fail(ErrorKind::kStop, "making an event loop for HTTP");
  return {};
}

Result<EventLoop::Timer> EventLoop::every(Duration period, event_callback_fn call, void* self) {
  Timer timer(event_new(base_.get(), -1, EV_PERSIST, call, self));
  const timeval each{period.us / 1'000'000, period.us % 1'000'000};
  if (timer == nullptr || event_add(timer.get(), &each) != 0)
    return fail(ErrorKind::kStop, "starting a timer for HTTP");
  return timer;
}

void EventLoop::run() {
  thread_ = std::thread([base = base_.get()] {
    // The last word to a client that has gone, or was cut off, must not end the process: write() fails instead.
    sigset_t broken_pipe;
    sigemptyset(&broken_pipe);
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
  });
}

void EventLoop::stop() {
  if (!thread_.joinable()) return;
  event_base_loopexit(base_.get(), nullptr);  // not loopbreak: a loop that is about to begin forgets it
  thread_.join();
}

}  // namespace steelyard::http
