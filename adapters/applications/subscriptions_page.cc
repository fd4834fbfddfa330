#include "adapters/applications/subscriptions_page.h"

#include "adapters/applications/names.h"
#include "core/json/json.h"

namespace steelyard::adapters {
namespace {

// Names and ids hold nothing that would have to be encoded.
std::string path_of(const client::SubscriptionQuestion& question) {
  std::string path = "/v1/events/" + question.dataset.text + "?fields=";
  for (std::size_t i = 0; i < question.fields.size(); ++i) path += (i == 0 ? "" : ",") + question.fields[i].text;
  path += "&purpose=" + question.purpose.text;
  if (!question.agreement.empty()) path += "&agreement=" + question.agreement.text;
  return path;
}

}  // namespace

std::string subscriptions_page(const std::vector<client::KeptSubscription>& all, const ApplicationId& application) {
  json::Value listed = json::array();
  for (const client::KeptSubscription& kept : all) {
    const client::SubscriptionQuestion& question = kept.question;
    if (question.application != application) continue;
    listed.push(json::object({{"subscription", to_text(kept.id)},
                              {"path", path_of(question)},
                              {"dataset", question.dataset},
                              {"purpose", question.purpose},
                              {"agreement", kept.agreement.empty() ? json::Value() : json::Value(kept.agreement)},
                              {"fields", names_of(kept.fields)},
                              {"request_entry", kept.entry.value},
                              {"start_entry", kept.start.value}}));
  }
  return json::dump(json::object({{"subscriptions", std::move(listed)}}));
}

}  // namespace steelyard::adapters
