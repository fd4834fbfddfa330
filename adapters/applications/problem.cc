#include "adapters/applications/problem.h"

#include <algorithm>

#include "adapters/applications/names.h"

namespace steelyard::adapters {
namespace {

constexpr std::uint32_t kBusyMs = 1'000;

std::string_view trimmed(std::string_view text) {
  const std::size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// "0.8" in thousandths; 1 where there is none.
int weight_of(std::string_view parameters) {
  const std::size_t at = parameters.find("q=");
  if (at == std::string_view::npos) return 1000;
  const std::string_view text = parameters.substr(at + 2, 5);
  int thousandths = 0, unit = 1000;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      thousandths += (c - '0') * unit;
      unit /= 10;
    } else if (c != '.') {
      break;
    }
  }
  return thousandths;
}

bool is_language(std::string_view tag, std::string_view language) {
  if (tag.size() < language.size()) return false;
  for (std::size_t i = 0; i < language.size(); ++i)
    if ((tag[i] | 0x20) != language[i]) return false;
  return tag.size() == language.size() || tag[language.size()] == '-';
}

// Error's sentence begins with its row's, which is the title.
std::string detail_of(const Error& error, const schemas::ErrorRow& row) {
  std::string_view what = error.what;
  if (!what.starts_with(row.en)) return error.what;
  what.remove_prefix(row.en.size());
  if (what.starts_with(": ")) what.remove_prefix(2);
  return std::string(what);
}

}  // namespace

Language language_of(std::string_view accept_language) {
  int zh = 0, en = 0;
  while (!accept_language.empty()) {
    const std::size_t end = std::min(accept_language.find(','), accept_language.size());
    const std::string_view item = trimmed(accept_language.substr(0, end));
    accept_language.remove_prefix(std::min(end + 1, accept_language.size()));
    const std::size_t semicolon = std::min(item.find(';'), item.size());
    const std::string_view tag = trimmed(item.substr(0, semicolon));
    const int weight = weight_of(item.substr(semicolon));
    // Of two of one weight the first counts, which is why the other must have more.
    if (is_language(tag, "zh") && weight > std::max(zh, en)) zh = weight;
    if (is_language(tag, "en") && weight > std::max(zh, en)) en = weight;
  }
  return zh > en ? Language::kZh : Language::kEn;
}

http::Response problem(ErrorCode code, Language language, const ProblemParts& parts) {
  static constexpr schemas::ErrorRow kUnknown{
      0,     ErrorKind::kRefused, "unknown",          500, 1,
      false, "未知错误",          "an unknown error", "",  "bring this program to the broker's version"};
  const schemas::ErrorRow* found = schemas::error_row(code);
  const schemas::ErrorRow& row = found != nullptr ? *found : kUnknown;
  const bool zh = language == Language::kZh;
  json::Value body = json::object({{"type", "urn:steelyard:error:" + std::string(row.slug)},
                                   {"title", zh ? row.zh : row.en},
                                   {"status", row.http_status}});
  if (!parts.detail.empty()) body.set("detail", parts.detail);
  if (parts.exchange) body.set("instance", "urn:uuid:" + to_text(*parts.exchange));
  body.set("code", code);
  body.set("slug", row.slug);
  body.set("retry", row.retry);
  body.set("todo", zh ? row.zh_do : row.en_do);
  http::Response response{row.http_status, "application/problem+json", {}, {}};
  if (parts.delay_ms != 0) {
    body.set("retry_after_ms", parts.delay_ms);
    response.headers.emplace_back("Retry-After", std::to_string((parts.delay_ms + 999) / 1000));
  }
  if (parts.exchange && parts.recorded) body.set("receipt", to_text(*parts.exchange));
  if (!parts.fields.empty()) body.set("fields", names_of(parts.fields));
  if (row.http_status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  response.body = json::dump(body);
  return response;
}

http::Response busy(Language language) {
  return problem(schemas::code::busy, language, {.detail = "", .delay_ms = kBusyMs});
}

http::Response problem(const Error& error, Language language) {
  const schemas::ErrorRow* row = schemas::row_of(error);
  if (row == nullptr) return problem(error.code, language);
  return problem(row->code, language, {.detail = detail_of(error, *row)});
}

}  // namespace steelyard::adapters
