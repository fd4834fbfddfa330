// What every socket of this folder is set to, and errno as an Error. For the sources of this folder only.
#pragma once

#include <zmq.h>

#include <cerrno>
#include <string>

#include "core/base/limits.h"
#include "core/base/result.h"

namespace steelyard::net {

// Part of 4.3.4, but its header shows it to draft builds only. Without it a domain is no defence: CURVE with no ZAP
// handler lets any key in.
inline constexpr int kZapEnforceDomain = 93;

// What CURVE puts before an encrypted part: "\x07MESSAGE", nonce, authenticator, flags (ZeroMQ RFC 26).
inline constexpr std::size_t kCurveOverhead = 8 + 8 + 16 + 1;

inline tl::unexpected<Error> zmq_failure(const std::string& where, ErrorKind kind = ErrorKind::kStop) {
  return fail(kind, where + ": " + zmq_strerror(zmq_errno()));
}

inline Status set_option(void* socket, int option, int value) {
  if (zmq_setsockopt(socket, option, &value, sizeof(value)) != 0)
    return zmq_failure("setting socket option " + std::to_string(option));
  return {};
}

inline Status set_option(void* socket, int option, const void* octets, std::size_t size) {
  if (zmq_setsockopt(socket, option, octets, size) != 0)
    return zmq_failure("setting socket option " + std::to_string(option));
  return {};
}

// Both ends of the bus. HEARTBEAT_IVL stays 0: on a bound socket it lets a peer abort the process. Liveness is the
// application's ping; TCP keepalive clears away what a power cut left.
inline Status set_common_options(void* socket, const std::string& endpoint, std::size_t frame_bytes_max,
                                 int send_hwm_frames, int receive_hwm_frames) {
  const auto frame_max = static_cast<std::int64_t>(frame_bytes_max + kCurveOverhead);
  TRY(set_option(socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof(frame_max)));
  TRY(set_option(socket, ZMQ_LINGER, 0));
  TRY(set_option(socket, ZMQ_SNDHWM, send_hwm_frames));
  TRY(set_option(socket, ZMQ_RCVHWM, receive_hwm_frames));
  TRY(set_option(socket, ZMQ_HANDSHAKE_IVL, static_cast<int>(limits::kHandshakeWithin.us / 1000)));
  TRY(set_option(socket, ZMQ_HEARTBEAT_IVL, 0));
  TRY(set_option(socket, ZMQ_TCP_KEEPALIVE, 1));
  TRY(set_option(socket, ZMQ_TCP_KEEPALIVE_IDLE, 15));
  TRY(set_option(socket, ZMQ_TCP_KEEPALIVE_INTVL, 5));
  TRY(set_option(socket, ZMQ_TCP_KEEPALIVE_CNT, 3));
  return set_option(socket, ZMQ_IPV6, endpoint.find('[') == std::string::npos ? 0 : 1);
}

inline Status check_endpoint(const std::string& endpoint) {
  if (endpoint.rfind("tcp://", 0) != 0)
    return fail(ErrorKind::kFix, "endpoint `" + endpoint + "`: write tcp://host:port, nothing else carries CURVE here");
  return {};
}

}  // namespace steelyard::net
