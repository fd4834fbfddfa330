#include "core/http/outgoing.h"

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
  event_base* base = nullptr;
};

void take(evhttp_request* request, void* to) {
  auto& answer = *static_cast<Answer*>(to);
  event_base_loopbreak(answer.base);
  if (request == nullptr || evhttp_request_get_response_code(request) == 0) return;
  answer.came = true;
  answer.response.status = evhttp_request_get_response_code(request);
  const char* type = evhttp_find_header(evhttp_request_get_input_headers(request), "Content-Type");
  answer.response.type = type == nullptr ? "" : type;
  evbuffer* body = evhttp_request_get_input_buffer(request);
  answer.response.body.resize(evbuffer_get_length(body));
  evbuffer_remove(body, answer.response.body.data(), answer.response.body.size());
}

}  // namespace

Result<Response> send(const Outgoing& outgoing) {
  const std::unique_ptr<event_base, Freed<event_base_free>> base(event_base_new());
  if (base == nullptr) return fail(ErrorKind::kStop, "making an event loop for HTTP");
  const std::unique_ptr<evhttp_connection, Freed<evhttp_connection_free>> connection(
      evhttp_connection_base_new(base.get(), nullptr, outgoing.host.c_str(), outgoing.port));
  if (connection == nullptr) return fail(ErrorKind::kStop, "making an HTTP connection");
  const timeval wait{static_cast<time_t>(outgoing.patience.us / 1'000'000),
                     static_cast<suseconds_t>(outgoing.patience.us % 1'000'000)};
  evhttp_connection_set_timeout_tv(connection.get(), &wait);
  evhttp_connection_set_max_body_size(connection.get(), static_cast<ev_ssize_t>(outgoing.bytes_max));
  evhttp_connection_set_max_headers_size(connection.get(), static_cast<ev_ssize_t>(limits::kHttpHeaderBytesMax));
  Answer answer;
  answer.base = base.get();
  evhttp_request* request = evhttp_request_new(take, &answer);  // the connection's, once it is made
  evkeyvalq* headers = evhttp_request_get_output_headers(request);
  evhttp_add_header(headers, "Host", outgoing.named.c_str());
  evhttp_add_header(headers, "Connection", "close");
  if (outgoing.posts) {
    evhttp_add_header(headers, "Content-Type", outgoing.type.c_str());
    evbuffer_add(evhttp_request_get_output_buffer(request), outgoing.body.data(), outgoing.body.size());
  }
  const auto nobody = [&] {
    return fail(ErrorKind::kReconnect, "nobody answers at http://" + outgoing.named + outgoing.path);
  };
  if (evhttp_make_request(connection.get(), request, outgoing.posts ? EVHTTP_REQ_POST : EVHTTP_REQ_GET,
                          outgoing.path.c_str()) != 0)
    return nobody();
  event_base_loopexit(base.get(), &wait);  // evhttp's own patience begins anew with each octet
  event_base_dispatch(base.get());
  if (!answer.came) return nobody();
  return std::move(answer.response);
}

}  // namespace steelyard::http
