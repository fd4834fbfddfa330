#include "adapters/applications/desk.h"

#include <algorithm>

#include "adapters/applications/catalogue_pages.h"
#include "adapters/applications/openapi.h"
#include "adapters/applications/outcome_response.h"
#include "adapters/applications/query.h"
#include "adapters/applications/receipt_page.h"
#include "adapters/applications/subscriptions_page.h"
#include "core/crypto/hash.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;

constexpr std::size_t kCallsPerTurn =
    16;  // between two looks at the owner's own work: a millisecond or so each at most

http::Response json_page(const std::string& text) { return {200, "application/json", text, {}}; }

// What makes two requests under one key the same.
Digest fingerprint(const http::Request& request) {
  crypto::Hasher hasher(crypto::HashId::kSha256);
  const auto add = [&](std::string_view text) { hasher.add(std::to_string(text.size()) + ":").add(text); };
  add(request.path);
  for (const std::string_view name : {"steelyard-operator", "steelyard-case"}) {
    const std::string* value = request.header(name);
    add(value != nullptr ? std::string_view(*value) : std::string_view());
  }
  add(request.body);
  return hasher.finish();
}

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= limits::kIdempotencyKeyBytesMax &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

}  // namespace

void Desk::turn() {
  events_.tick();  // takes the outcomes that are its own
  for (client::Outcome& outcome : asker_->take_outcomes()) ended(std::move(outcome));
  keyed_.forget_expired(clock_->monotonic());
  for (Call& call : calls_->take(kCallsPerTurn))
    if (call.reply.wanted()) answer(std::move(call));
}

void Desk::answer(Call call) {
  const exchange::Registry* registry = asker_->registry();
  if (registry == nullptr) return call.reply.send(problem(code::broker_away, call.language));
  switch (call.route) {
    case Route::kQuery:
    case Route::kVerify: return ask(std::move(call));
    case Route::kReceipt: return receipt(call);
    case Route::kEvents:
    case Route::kUnsubscribe: return read_events(std::move(call));
    case Route::kSubscriptions: return subscriptions(call);
    case Route::kDataset: {
      auto text = dataset_page(*registry, asker_->member(), call.dataset, clock_->wall());
      return call.reply.send(text ? json_page(*text) : problem(text.error(), call.language));
    }
    case Route::kCatalog:
    case Route::kAgreements:
    case Route::kOpenApi: return page(call, *registry);
  }
}

void Desk::page(const Call& call, const exchange::Registry& registry) {
  Page& page = pages_[call.route];
  const Instant now = clock_->wall();
  const std::int64_t minute = now.us / minutes(1).us;
  if (page.text == nullptr || page.epoch != registry.epoch() || page.minute != minute) {
    const MemberId& member = asker_->member();
    page = {
        registry.epoch(), minute,
        std::make_shared<const std::string>(call.route == Route::kCatalog      ? catalogue_page(registry, member, now)
                                            : call.route == Route::kAgreements ? agreements_page(registry, member)
                                                                               : openapi_page(registry, member, now))};
  }
  call.reply.send([text = page.text] { return json_page(*text); });
}

void Desk::receipt(const Call& call) const {
  const auto found = asker_->kept(call.exchange);
  if (!found) return call.reply.send(problem(found.error(), call.language));
  const auto text = *found ? receipt_page(**found, call.application) : std::nullopt;
  call.reply.send(text ? json_page(*text) : problem(code::unknown_receipt, call.language));
}

// Whether the key says what becomes of the call, so that nobody needs to be asked.
bool Desk::repeated(Call& call, const KeyedOutcomes::Key& key, const Digest& request) {
  auto found = keyed_.find(key, request);
  switch (found.state) {
    case KeyedOutcomes::State::kUnknown: return false;
    case KeyedOutcomes::State::kOther: call.reply.send(problem(code::key_reused, call.language)); return true;
    case KeyedOutcomes::State::kGivenUp: call.reply.send(problem(code::gone, call.language)); return true;
    case KeyedOutcomes::State::kOpen: {
      Open& open = open_.at(found.exchange);
      forget_gone(open);
      if (may_wait(call.application))
        wait(open, call);
      else
        call.reply.send(busy(call.language));
      return true;
    }
    case KeyedOutcomes::State::kDone:
      call.reply.send(
          [outcome = std::move(found.outcome), language = call.language] { return response_of(*outcome, language); });
      return true;
  }
  return false;
}

void Desk::ask(Call call) {
  const auto refuse = [&call](const http::Response& response) { call.reply.send(response); };
  std::optional<KeyedOutcomes::Key> key;
  Digest request;
  if (const std::string* text = call.request.header("idempotency-key"); text != nullptr) {
    if (!is_key(*text))
      return refuse(
          problem(schemas::error_of(code::usage, "Idempotency-Key: 1 to 128 visible ASCII characters"), call.language));
    key.emplace(call.application, *text);
    request = fingerprint(call.request);
    if (repeated(call, *key, request)) return;
  }
  const auto action = call.route == Route::kVerify ? schemas::Action::kVerify : schemas::Action::kQuery;
  const auto query = query_of(call.request, action, call.application, call.dataset, *asker_->registry());
  if (!query) return refuse(problem(query.error(), call.language));
  if (closing_ || !may_wait(call.application) || behind_() || (key && keyed_.full()))
    return refuse(busy(call.language));
  const auto id = asker_->ask(*query);
  if (!id) return refuse(problem(id.error(), call.language));
  if (key) keyed_.asked(*key, request, *id, clock_->monotonic() + query->life);
  Open& open = open_[*id];
  open.application = call.application;
  open.key = std::move(key);
  wait(open, call);
}

void Desk::read_events(Call call) {
  const exchange::Registry& registry = *asker_->registry();
  const auto query = subscription_of(call.request, call.application, call.dataset, registry);
  if (!query) return call.reply.send(problem(query.error(), call.language));
  if (closing_) return call.reply.send(busy(call.language));
  if (call.route == Route::kUnsubscribe) return events_.end(std::move(call), *query, registry.origin());
  events_.open(std::move(call), *query, registry.origin());
}

void Desk::subscriptions(const Call& call) const {
  const auto all = asker_->subscriptions();
  if (!all) return call.reply.send(problem(all.error(), call.language));
  call.reply.send(json_page(subscriptions_page(*all, call.application)));
}

bool Desk::may_wait(const ApplicationId& application) const {
  const auto found = waiting_of_.find(application);
  return waiting_ < limits::kApplicationsAskedMax &&
         (found == waiting_of_.end() || found->second < limits::kAskedOfApplicationMax);
}

void Desk::wait(Open& open, Call& call) {
  open.waiting.push_back({std::move(call.reply), call.language});
  ++waiting_of_[open.application];
  ++waiting_;
}

void Desk::let_go(const Open& open, std::size_t count) {
  waiting_ -= count;
  const auto found = waiting_of_.find(open.application);
  if ((found->second -= count) == 0) waiting_of_.erase(found);
}

// Who asks again under its key has mostly hung up before.
void Desk::forget_gone(Open& open) {
  const std::size_t gone = std::erase_if(open.waiting, [](const Waiting& each) { return !each.reply.wanted(); });
  if (gone != 0) let_go(open, gone);
}

void Desk::ended(client::Outcome outcome) {
  auto node = open_.extract(outcome.id);
  if (!node) return;
  const Open& open = node.mapped();
  if (!open.waiting.empty()) let_go(open, open.waiting.size());
  const auto shared = std::make_shared<const client::Outcome>(std::move(outcome));
  if (open.key) keyed_.ended(*open.key, shared->is_recorded() ? shared : nullptr);
  for (const Waiting& each : open.waiting)
    each.reply.send([shared, language = each.language] { return response_of(*shared, language); });
}

}  // namespace steelyard::adapters
