#include "core/net/frame.h"

#include <zmq.h>

#include <utility>

#include "core/base/check.h"

namespace steelyard::net {
namespace {

static_assert(sizeof(zmq_msg_t) == 64 && alignof(zmq_msg_t) == alignof(void*));

zmq_msg_t* as_message(void* storage) { return static_cast<zmq_msg_t*>(storage); }

}  // namespace

Frame::Frame() { zmq_msg_init(as_message(storage_)); }

Frame::Frame(Bytes octets) {
  auto* kept = new Bytes(std::move(octets));
  const auto release = [](void*, void* hint) { delete static_cast<Bytes*>(hint); };
  CHECK(zmq_msg_init_data(as_message(storage_), kept->data(), kept->size(), release, kept) == 0);
}

Frame::Frame(Frame&& other) noexcept : Frame() { zmq_msg_move(as_message(storage_), as_message(other.storage_)); }

Frame& Frame::operator=(Frame&& other) noexcept {
  if (this != &other) zmq_msg_move(as_message(storage_), as_message(other.storage_));
  return *this;
}

Frame::~Frame() { zmq_msg_close(as_message(storage_)); }

ByteView Frame::view() const {
  auto* message = const_cast<zmq_msg_t*>(static_cast<const zmq_msg_t*>(static_cast<const void*>(storage_)));
  return {static_cast<const std::uint8_t*>(zmq_msg_data(message)), zmq_msg_size(message)};
}

}  // namespace steelyard::net
