// A zmq_msg_t to send, from borrowed or owned octets. For the sources of this folder only.
#pragma once

#include <zmq.h>

#include <utility>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace steelyard::net {

// Below this a copy is cheaper than the allocation that hands octets over.
inline constexpr std::size_t kCopyBytesMax = 512;

inline bool send_copy(void* socket, ByteView octets, int flags) {
  return zmq_send(socket, octets.data(), octets.size(), flags) >= 0;
}

// Takes `octets` if it could be sent, else leaves them as they were; errno says why.
inline bool send_owned(void* socket, Bytes&& octets, int flags) {
  if (octets.size() <= kCopyBytesMax) return send_copy(socket, octets, flags);
  auto* kept = new Bytes(std::move(octets));
  zmq_msg_t message;
  const auto release = [](void*, void* hint) { delete static_cast<Bytes*>(hint); };
  CHECK(zmq_msg_init_data(&message, kept->data(), kept->size(), release, kept) == 0);
  if (zmq_msg_send(&message, socket, flags) >= 0) return true;
  const int why = errno;
  octets = std::move(*kept);
  zmq_msg_close(&message);  // releases the emptied octets
  errno = why;
  return false;
}

}  // namespace steelyard::net
