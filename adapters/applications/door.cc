#include "adapters/applications/door.h"

#include <string>

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;

enum class Names : std::uint8_t { kNothing, kDataset, kQuestion, kExchange };  // what follows the prefix

struct Pattern {
  std::string_view method;
  std::string_view prefix;
  Names names;
  Route route;
};
// A further route is a row here, and a case of Desk::answer().
constexpr Pattern kPatterns[] = {
    {"POST", "/v1/query/", Names::kDataset, Route::kQuery},
    {"POST", "/v1/verify/", Names::kDataset, Route::kVerify},
    {"GET", "/v1/catalog", Names::kNothing, Route::kCatalog},
    {"GET", "/v1/catalog/", Names::kDataset, Route::kDataset},
    {"GET", "/v1/agreements", Names::kNothing, Route::kAgreements},
    {"GET", "/v1/receipts/", Names::kExchange, Route::kReceipt},
    {"GET", "/v1/events", Names::kNothing, Route::kSubscriptions},
    {"GET", "/v1/events/", Names::kQuestion, Route::kEvents},
    {"DELETE", "/v1/events/", Names::kQuestion, Route::kUnsubscribe},
    {"GET", "/v1/openapi.json", Names::kNothing, Route::kOpenApi},
};

bool read_path(const Pattern& pattern, std::string_view path, Call& to) {
  if (!path.starts_with(pattern.prefix)) return false;
  const std::string rest(path.substr(pattern.prefix.size()));
  switch (pattern.names) {
    case Names::kNothing: return rest.empty();
    case Names::kDataset: to.dataset = DatasetId(rest); return check_dataset_id(rest).has_value();
    case Names::kQuestion:
      to.dataset = DatasetId(rest.substr(0, rest.find('?')));  // what follows is read by whoever reads the question
      return check_dataset_id(to.dataset.text).has_value();
    case Names::kExchange: {
      const auto id = exchange_id_from_text(rest);
      if (id) to.exchange = *id;
      return id.has_value();
    }
  }
  return false;
}

bool is_json(std::string_view content_type) {
  constexpr std::string_view kJson = "application/json";
  return content_type.starts_with(kJson) && (content_type.size() == kJson.size() || content_type[kJson.size()] == ';' ||
                                             content_type[kJson.size()] == ' ');
}

std::string_view value_of(const http::Request& request, std::string_view header) {
  const std::string* value = request.header(header);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

}  // namespace

std::optional<ApplicationId> Door::application_of(const http::Request& request) {
  if (auto looked = tokens_.look(clock_->monotonic()); !looked)
    say_("nobody is let in until this is mended: " + looked.error().what);
  constexpr std::string_view kScheme = "Bearer ";
  const std::string_view shown = value_of(request, "authorization");
  if (shown.size() <= kScheme.size()) return {};
  for (std::size_t i = 0; i + 1 < kScheme.size(); ++i)
    if ((shown[i] | 0x20) != (kScheme[i] | 0x20)) return {};
  if (shown[kScheme.size() - 1] != ' ') return {};
  return tokens_.application_of(shown.substr(kScheme.size()), clock_->wall());
}

void Door::enter(http::Request request, http::Reply reply) {
  const Language language = language_of(value_of(request, "accept-language"));
  auto application = application_of(request);
  if (!application) return reply.send(problem(code::no_token, language));
  Call call{.route = {},
            .application = std::move(*application),
            .dataset = {},
            .exchange = {},
            .request = {},
            .language = language,
            .reply = std::move(reply)};
  const Pattern* found = nullptr;
  std::string allowed;
  for (const Pattern& pattern : kPatterns) {
    if ((found != nullptr && request.method == found->method) || !read_path(pattern, request.path, call)) continue;
    found = &pattern;
    allowed += (allowed.empty() ? "" : ", ") + std::string(pattern.method);
  }
  if (found == nullptr) return call.reply.send(problem(code::no_such_path, language));
  if (request.method != found->method) {
    http::Response wrong = problem(code::wrong_method, language);
    wrong.headers.emplace_back("Allow", allowed);
    return call.reply.send(std::move(wrong));
  }
  if (request.method == "POST" && !is_json(value_of(request, "content-type")))
    return call.reply.send(problem(code::not_json, language));
  call.route = found->route;
  call.request = std::move(request);
  queue_->push(std::move(call));
}

}  // namespace steelyard::adapters
