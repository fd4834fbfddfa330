// Whoever asks to connect: a ZAP question of any parts is answered, with yes for the one well-formed question about an
// admitted key alone; a User-Id that the handler did not issue names nobody.
#include "core/net/zap.h"

#include <zmq.h>

#include "core/net/endpoint.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;

namespace {

constexpr std::size_t kPartsMax = 20;

net::CurvePublic admitted() {
  net::CurvePublic key;
  key.octets.fill(0x41);
  return key;
}

struct Handler {
  std::unique_ptr<net::Context> context = std::move(*net::Context::open());
  std::unique_ptr<net::ZapHandler> zap = std::move(*net::ZapHandler::start(*context, {{admitted(), "tax"}}));
  void* asker = zmq_socket(context->handle(), ZMQ_REQ);
  std::string issued;  // the last User-Id

  Handler() {
    const int wait_ms = 20'000;
    zmq_setsockopt(asker, ZMQ_RCVTIMEO, &wait_ms, sizeof(wait_ms));
    CHECK(zmq_connect(asker, "inproc://zeromq.zap.01") == 0);
  }
};

Handler& handler() {
  static Handler& made = *new Handler();  // lives as long as the process: its thread may not end before
  return made;
}

std::vector<std::string> ask(const std::vector<std::string>& parts) {
  Handler& to = handler();
  for (std::size_t i = 0; i < parts.size(); ++i)
    CHECK(zmq_send(to.asker, parts[i].data(), parts[i].size(), i + 1 < parts.size() ? ZMQ_SNDMORE : 0) >= 0);
  std::vector<std::string> answer;
  int more = 1;
  while (more != 0) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    CHECK(zmq_msg_recv(&part, to.asker, 0) >= 0);
    answer.emplace_back(static_cast<char*>(zmq_msg_data(&part)), zmq_msg_size(&part));
    more = zmq_msg_more(&part);
    zmq_msg_close(&part);
  }
  return answer;
}

void question(Input input) {
  std::vector<std::string> parts;
  do {
    const std::size_t size = input.number<std::uint8_t>();
    parts.emplace_back(as_text(input.take(size)));
  } while (!input.rest().empty() && parts.size() < kPartsMax);
  const std::string key(as_text(admitted().view()));
  const bool good =
      parts.size() == 7 && parts[0] == "1.0" && parts[2] == net::kZapDomain && parts[5] == "CURVE" && parts[6] == key;
  const auto answer = ask(parts);
  CHECK(answer.size() == 6 && answer[0] == "1.0");
  CHECK(answer[1] == (parts.size() > 1 ? parts[1] : ""));
  CHECK(answer[2] == (good ? "200" : "400"));
  CHECK(answer[4].empty() == !good);
  if (!good) return;
  const auto who = handler().zap->authenticated(answer[4]);
  CHECK(who.has_value() && who->key == admitted());
  handler().issued = answer[4];
}

// A User-Id of any text; one that was issued, but for one character.
void user_id(Input input) {
  const auto place = input.number<std::uint8_t>();
  CHECK(!handler().zap->authenticated(input.text()));
  if (handler().issued.empty() || input.rest().empty()) return;
  constexpr std::size_t kSecretDigits = 32;
  std::string changed = handler().issued;
  char& digit = changed[place % kSecretDigits];
  if (digit == static_cast<char>(input.rest()[0])) return;
  digit = static_cast<char>(input.rest()[0]);
  const auto who = handler().zap->authenticated(changed);
  CHECK(!who || *from_hex(changed) == *from_hex(handler().issued));  // an upper-case digit is the same digit
}

void endpoint(Input input) {
  const std::string text(input.text());
  const bool connects = net::check_endpoint(text, net::EndpointUse::kConnect).has_value();
  const bool listens = net::check_endpoint(text, net::EndpointUse::kListen).has_value();
  CHECK(!connects || listens);
  CHECK(connects == listens || text.find('*') != std::string::npos);
}

constexpr void (*kReaders[])(Input) = {question, user_id, endpoint};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
