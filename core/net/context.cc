#include "core/net/context.h"

#include <sys/random.h>
#include <zmq.h>

#include <cstdlib>

#include "core/base/check.h"
#include "core/base/limits.h"

namespace steelyard::net {

Result<std::unique_ptr<Context>> Context::open(int io_threads) {
  unsigned seed = 0;
  if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed))
    return fail(ErrorKind::kStop, "opening the bus: the kernel gives no random octets");
  std::srand(seed);
  void* handle = zmq_ctx_new();
  if (handle == nullptr) return fail(ErrorKind::kStop, "opening the bus: no descriptors or memory left");
  std::unique_ptr<Context> context(new Context(handle));
  if (zmq_ctx_set(handle, ZMQ_IO_THREADS, io_threads) != 0)
    return fail(ErrorKind::kFix, "opening the bus: " + std::to_string(io_threads) + " I/O threads");
  if (zmq_ctx_set(handle, ZMQ_MAX_SOCKETS, static_cast<int>(limits::kConnectionsMax)) != 0)
    return fail(ErrorKind::kStop, "opening the bus: the limit on sockets was not taken");
  return context;
}

Context::~Context() {
  while (zmq_ctx_term(handle_) != 0) CHECK(zmq_errno() == EINTR);
}

}  // namespace steelyard::net
