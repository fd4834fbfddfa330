// Context: the ZeroMQ context with its I/O threads; what sockets and the ZAP handler are opened on.
//
// Owns: the I/O threads. It outlives every socket opened on it: its destructor waits for them.
// Threads: opened and destroyed by main; sockets may be opened on it from any thread.
// Errors: kStop, when the process has no descriptors or memory left.
#pragma once

#include <memory>

#include "core/base/result.h"

namespace steelyard::net {

class Context {
 public:
  // Also seeds rand() from the kernel's entropy: libzmq numbers a ROUTER's peers from it, and a peer that could
  // guess the next number would abort the process.
  static Result<std::unique_ptr<Context>> open(int io_threads = 1);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  void* handle() const { return handle_; }  // for the sources of this folder

 private:
  explicit Context(void* handle) : handle_(handle) {}
  void* handle_;
};

}  // namespace steelyard::net
