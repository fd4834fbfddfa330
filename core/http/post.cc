#include "core/http/post.h"

#include <event2/http.h>

#include <algorithm>
#include <memory>

#include "core/base/freed.h"
#include "core/http/outgoing.h"

namespace steelyard::http {

Result<Url> parse_url(const std::string& text) {
  const auto wrong = [&](const char* what) { return fail(ErrorKind::kFix, "`" + text + "` " + what); };
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; }))
    return wrong("is no URL: it holds what is no visible ASCII");
  const std::unique_ptr<evhttp_uri, Freed<evhttp_uri_free>> uri(evhttp_uri_parse(text.c_str()));
  if (uri == nullptr) return wrong("is no URL");
  const auto part = [](const char* found) { return std::string(found == nullptr ? "" : found); };
  if (part(evhttp_uri_get_scheme(uri.get())) != "http")
    return wrong("is no URL of plain HTTP: write http://HOST:PORT/PATH; in front of TLS put a proxy on this machine");
  Url url;
  url.host = part(evhttp_uri_get_host(uri.get()));
  if (url.host.empty()) return wrong("names no host");
  if (evhttp_uri_get_userinfo(uri.get()) != nullptr || evhttp_uri_get_query(uri.get()) != nullptr ||
      evhttp_uri_get_fragment(uri.get()) != nullptr)
    return wrong("has more than host, port and path");
  if (const int port = evhttp_uri_get_port(uri.get()); port != -1) {
    if (port < 1 || port > 65'535) return wrong("has no port from 1 to 65535");
    url.port = static_cast<std::uint16_t>(port);
  }
  if (url.host.size() > 2 && url.host.front() == '[') url.host = url.host.substr(1, url.host.size() - 2);
  const bool six = url.host.find(':') != std::string::npos;
  url.named = six ? "[" + url.host + "]" : url.host;
  if (url.port != 80) url.named += ":" + std::to_string(url.port);
  url.path = part(evhttp_uri_get_path(uri.get()));
  while (url.path.ends_with('/')) url.path.pop_back();
  return url;
}

namespace {

Outgoing outgoing(const Url& to, const std::string& below, Duration patience, std::size_t bytes_max) {
  Outgoing made;
  made.host = to.host;
  made.port = to.port;
  made.path = to.path + below;
  if (made.path.empty()) made.path = "/";
  made.named = to.named;
  made.patience = patience;
  made.bytes_max = bytes_max;
  return made;
}

}  // namespace

Result<Response> post(const Url& to, const std::string& below, const Posted& posted, Duration patience,
                      std::size_t bytes_max) {
  Outgoing request = outgoing(to, below, patience, bytes_max);
  request.posts = true;
  request.type = posted.type;
  request.body = posted.body;
  return send(request);
}

Result<Response> fetch(const Url& from, const std::string& below, Duration patience, std::size_t bytes_max) {
  return send(outgoing(from, below, patience, bytes_max));
}

}  // namespace steelyard::http
