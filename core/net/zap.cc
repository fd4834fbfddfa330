#include "core/net/zap.h"

#include <sys/random.h>
#include <zmq.h>

#include <cstring>
#include <utility>

#include "core/base/check.h"
#include "core/base/fail_point.h"
#include "core/net/socket_options.h"

namespace steelyard::net {
namespace {

constexpr const char* kZapEndpoint = "inproc://zeromq.zap.01";
constexpr std::size_t kPartsMax = 16;
// A question of RFC 27 under CURVE.
enum Part { kVersion, kRequestId, kDomain, kAddress, kIdentity, kMechanism, kKey, kParts };

// All parts of one message; those beyond kPartsMax are read and forgotten. Empty: nothing could be read.
std::vector<std::string> receive_parts(void* socket) {
  std::vector<std::string> parts;
  zmq_msg_t part;
  zmq_msg_init(&part);
  int more = 1;
  while (more != 0) {
    if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) break;
    if (parts.size() < kPartsMax) parts.emplace_back(static_cast<char*>(zmq_msg_data(&part)), zmq_msg_size(&part));
    more = zmq_msg_more(&part);
  }
  zmq_msg_close(&part);
  return parts;
}

bool send_parts(void* socket, const std::vector<std::string>& parts) {
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const int flags = i + 1 < parts.size() ? ZMQ_SNDMORE : 0;
    if (zmq_send(socket, parts[i].data(), parts[i].size(), flags) < 0) return false;
  }
  return true;
}

}  // namespace

Result<std::unique_ptr<ZapHandler>> ZapHandler::start(Context& context, AllowedKeys allowed) {
  std::unique_ptr<ZapHandler> handler(new ZapHandler());
  if (getrandom(handler->secret_.data(), handler->secret_.size(), 0) != static_cast<ssize_t>(handler->secret_.size()))
    return fail(ErrorKind::kStop, "starting the ZAP handler: the kernel gives no random octets");
  handler->allow(std::move(allowed));
  void* socket = zmq_socket(context.handle(), ZMQ_REP);
  if (socket == nullptr) return zmq_failure("making the ZAP handler's socket");
  Status ready = set_option(socket, ZMQ_LINGER, 0);
  if (ready && zmq_bind(socket, kZapEndpoint) != 0) ready = zmq_failure("binding the ZAP handler");
  if (!ready) {
    zmq_close(socket);
    return fail(std::move(ready).error());
  }
  handler->alive_ = true;
  handler->thread_ = std::thread([self = handler.get(), socket] { self->run(socket); });
  return handler;
}

ZapHandler::~ZapHandler() { stop(); }

void ZapHandler::stop() {
  stopping_ = true;
  stop_.wake();
  if (thread_.joinable()) thread_.join();
}

#ifdef STEELYARD_TEST_HOOKS
void ZapHandler::kill_for_test() { stop(); }
#endif

void ZapHandler::allow(AllowedKeys allowed) {
  auto table = std::make_shared<const AllowedKeys>(std::move(allowed));
  std::lock_guard lock(mutex_);
  allowed_.swap(table);
}

std::optional<std::string> ZapHandler::label_of(const CurvePublic& key) const {
  std::shared_ptr<const AllowedKeys> table;
  {
    std::lock_guard lock(mutex_);
    table = allowed_;
  }
  const auto found = table->find(key);
  if (found == table->end()) return {};
  return found->second;
}

void ZapHandler::run(void* socket) {
  zmq_pollitem_t items[] = {{socket, -1, ZMQ_POLLIN, 0}, {nullptr, stop_.fd(), ZMQ_POLLIN, 0}};
  bool working = true;
  while (working && !stopping_) {
    const int rc = zmq_poll(items, 2, -1);
    if (rc < 0 && errno == EINTR) continue;
    working = rc >= 0 && (items[0].revents == 0 || answer(socket));
  }
  zmq_close(socket);
  alive_ = false;
  CHECK(stopping_);  // an end that nobody ordered: see the header
}

// RFC 27: version, request id, status code, status text, user id, metadata.
bool ZapHandler::answer(void* socket) {
  FAIL_POINT("zap-answer");
  if (FAULT_POINT("zap-answer")) return false;
  const auto question = receive_parts(socket);
  if (question.empty()) return errno == EAGAIN || errno == EINTR;
  const std::string request_id = question.size() > kRequestId ? question[kRequestId] : "";
  const auto key = judge(question);
  if (!key) {
    ++refused_;
    return send_parts(socket, {"1.0", request_id, "400", "not admitted", "", ""});
  }
  ++accepted_;
  return send_parts(socket, {"1.0", request_id, "200", "OK", issue(*key), ""});
}

std::optional<CurvePublic> ZapHandler::judge(const std::vector<std::string>& question) const {
  if (question.size() != kParts || question[kVersion] != "1.0") return {};
  if (question[kDomain] != kZapDomain || question[kMechanism] != "CURVE") return {};
  const auto key = CurvePublic::from(as_bytes(question[kKey]));
  if (!key || !label_of(*key)) return {};
  return *key;
}

// User-Id: hex of secret ‖ token ‖ key. It never leaves this process.
std::string ZapHandler::issue(const CurvePublic& key) const {
  ConnectionToken token;
  CHECK(getrandom(token.octets.data(), token.kSize, 0) == static_cast<ssize_t>(token.kSize));
  Bytes octets(secret_.begin(), secret_.end());
  append(octets, token.view());
  append(octets, key.view());
  return to_hex(octets);
}

std::optional<Authenticated> ZapHandler::authenticated(std::string_view user_id) const {
  if (user_id.size() != 2 * (secret_.size() + ConnectionToken::kSize + CurvePublic::kSize)) return {};
  const auto octets = from_hex(user_id);
  if (!octets || !equal(ByteView(*octets).first(secret_.size()), secret_)) return {};
  Authenticated who;
  std::memcpy(who.token.octets.data(), octets->data() + secret_.size(), who.token.kSize);
  std::memcpy(who.key.octets.data(), octets->data() + secret_.size() + who.token.kSize, who.key.kSize);
  return who;
}

}  // namespace steelyard::net
