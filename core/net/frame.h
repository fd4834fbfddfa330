// Frame: one received ZeroMQ part, read in place.
//
// Owns: the receive buffer; view() is valid as long as the Frame lives where it is (moving it may move the octets).
// Threads: one at a time; may be handed to another thread.
// Alignment: none is promised. Copy to aligned memory before reading FlatBuffers.
#pragma once

#include <cstddef>

#include "core/base/bytes.h"

namespace steelyard::net {

class Frame {
 public:
  Frame();
  explicit Frame(Bytes octets);  // as if received; for tests and in-process peers
  Frame(Frame&& other) noexcept;
  Frame& operator=(Frame&& other) noexcept;
  ~Frame();

  ByteView view() const;
  std::size_t size() const { return view().size(); }

  void* message() { return storage_; }  // the zmq_msg_t, for the sources of this folder
  const void* message() const { return storage_; }

 private:
  alignas(void*) std::byte storage_[64];
};

}  // namespace steelyard::net
