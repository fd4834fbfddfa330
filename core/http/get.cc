#include "core/http/get.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>

#include <memory>

#include "core/base/freed.h"
#include "core/base/limits.h"

namespace steelyard::http {

namespace {

struct Answer {
  Response response;
  bool came = false;
};

void take(evhttp_request* request, void* to) {
  if (request == nullptr || evhttp_request_get_response_code(request) == 0) return;
  auto& answer = *static_cast<Answer*>(to);
  answer.came = true;
  answer.response.status = evhttp_request_get_response_code(request);
  evbuffer* body = evhttp_request_get_input_buffer(request);
  answer.response.body.resize(evbuffer_get_length(body));
  evbuffer_remove(body, answer.response.body.data(), answer.response.body.size());
}

}  // namespace

Result<Response> get(const std::string& address, const std::string& path, Duration patience) {
  TRY_ASSIGN(const Address to, parse_address(address));
  if (!to.loopback)
    return fail(ErrorKind::kFix, "`" + address + "` is not a loopback address: ask it with curl and your certificate");
  const std::unique_ptr<event_base, Freed<event_base_free>> base(event_base_new());
  if (base == nullptr) return fail(ErrorKind::kStop, "making an event loop for HTTP");
  const std::unique_ptr<evhttp_connection, Freed<evhttp_connection_free>> connection(
      evhttp_connection_base_new(base.get(), nullptr, to.host.c_str(), to.port));
  if (connection == nullptr) return fail(ErrorKind::kStop, "making an HTTP connection");
  const timeval wait{static_cast<time_t>(patience.us / 1'000'000), static_cast<suseconds_t>(patience.us % 1'000'000)};
  evhttp_connection_set_timeout_tv(connection.get(), &wait);
  evhttp_connection_set_max_body_size(connection.get(), static_cast<ev_ssize_t>(limits::kHttpAnswerBytesMax));
  evhttp_connection_set_max_headers_size(connection.get(), static_cast<ev_ssize_t>(limits::kHttpHeaderBytesMax));
  Answer answer;
  evhttp_request* request = evhttp_request_new(take, &answer);  // the connection's, once it is made
  evhttp_add_header(evhttp_request_get_output_headers(request), "Host", address.c_str());
  evhttp_add_header(evhttp_request_get_output_headers(request), "Connection", "close");
  if (evhttp_make_request(connection.get(), request, EVHTTP_REQ_GET, path.c_str()) != 0)
    return fail(ErrorKind::kReconnect, "nobody answers at http://" + address + path);
  event_base_dispatch(base.get());
  if (!answer.came) return fail(ErrorKind::kReconnect, "nobody answers at http://" + address + path);
  return std::move(answer.response);
}

}  // namespace steelyard::http
