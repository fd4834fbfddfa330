#include "core/http/response.h"

#include <fmt/format.h>

namespace steelyard::http {

std::string_view phrase_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Status";
  }
}

bool says_how_to_cache(const Response& response) {
  for (const auto& [name, value] : response.headers)
    if (name == "Cache-Control") return true;
  return false;
}

Response problem_of(int status) {
  return {status,
          "application/problem+json",
          fmt::format(R"({{"type":"about:blank","title":"{}","status":{}}})", phrase_of(status), status),
          {}};
}

}  // namespace steelyard::http
