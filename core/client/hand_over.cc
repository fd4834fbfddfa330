#include "core/client/hand_over.h"

#include <algorithm>
#include <memory>

#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

constexpr Duration kRepeatEvery = seconds(1);
constexpr Duration kLookEvery = milliseconds(50);

}  // namespace

void HandOver::opened(const Digest& answer, const ExchangeId& exchange, Instant expires) {
  queue_.push_back({answer, exchange, expires});
}

void HandOver::tick(Duration now) {
  if (!node_.up()) return;
  if (now >= looked_ + kLookEvery) {
    looked_ = now;
    repeat(now);
  }
  give_up_late();
  if (!queue_.empty()) send_next(now);
}

void HandOver::give_up_late() {
  const Instant now = node_.clock().wall();
  std::erase_if(queue_, [now](const Opened& one) { return now >= one.expires + limits::kSkew; });
}

void HandOver::send_next(Duration now) {
  const auto& registry = node_.registry();
  const std::size_t count = queue_.front().alone ? 1 : std::min(queue_.size(), limits::kReceivedDigestsMax);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  Sent sent;
  sent.answers.assign(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  schemas::Received received;
  received.head.kind = schemas::MessageKind::kReceived;
  received.head.origin = registry.origin();
  received.head.author = node_.identity().member;
  received.head.key = node_.identity().message_key.id();
  received.head.recipient = MemberId(registry.origin());
  received.head.id = crypto::make_exchange_id(node_.clock().wall());
  received.head.expires = crypto::time_of(received.head.id) + limits::kLifeMax;
  received.answers.reserve(count);
  for (const auto& answer : sent.answers) received.answers.push_back(answer.answer);
  sent.message.kind = schemas::MessageKind::kReceived;
  sent.message.envelope = std::make_shared<const Bytes>(schemas::encode(received));
  sent.digest = exchange::message_digest(registry.suite(), schemas::MessageKind::kReceived, *sent.message.envelope, {});
  sent.expires = now + limits::kLifeMax;
  sent.sent = now;
  sent.session = node_.session();
  node_.send(sent.message);
  sent_answers_ += count;
  sent_.emplace(received.head.id, std::move(sent));
}

void HandOver::repeat(Duration now) {
  for (auto it = sent_.begin(); it != sent_.end();) {
    Sent& sent = it->second;
    if (now >= sent.expires) {
      queue_.insert(queue_.end(), sent.answers.begin(), sent.answers.end());
      sent_answers_ -= sent.answers.size();
      it = sent_.erase(it);
      continue;
    }
    if (sent.session != node_.session() || now >= sent.sent + kRepeatEvery) {
      sent.sent = now;
      sent.session = node_.session();
      node_.send(sent.message);
    }
    ++it;
  }
}

std::optional<HandOver::Done> HandOver::on_recorded(const schemas::Recorded& recorded, Instant now) {
  const auto found = sent_.find(recorded.head.id);
  if (found == sent_.end() || recorded.digest != found->second.digest) return {};
  Done done;
  done.promise = {recorded.index, recorded.salt, recorded.body, now};
  const auto entry = exchange::check_promise(done.promise, recorded.digest);
  if (!entry || entry->kind != schemas::EntryKind::kReceived) return {};
  for (const auto& answer : found->second.answers) done.exchanges.push_back(answer.exchange);
  sent_answers_ -= found->second.answers.size();
  sent_.erase(found);
  return done;
}

bool HandOver::on_rejection(const schemas::Rejection& rejection) {
  const auto found = sent_.find(rejection.head.id);
  if (found == sent_.end()) return false;
  const auto* row = schemas::error_row(rejection.code);
  if (row != nullptr && row->retry) return true;  // repeated in a second
  if (rejection.code == schemas::code::unknown_answer) {
    Sent refused = std::move(found->second);
    sent_answers_ -= refused.answers.size();
    sent_.erase(found);
    // A broker whose clock is ahead of ours by kSkew keeps it no longer than this.
    const bool late = node_.clock().wall() >= refused.answers.front().expires;
    if (refused.answers.size() > 1)
      send_each_alone(std::move(refused));
    else if (!late)
      give_up(refused, rejection.code);
    return true;
  }
  give_up(found->second, rejection.code);
  sent_answers_ -= found->second.answers.size();
  sent_.erase(found);
  return true;
}

void HandOver::send_each_alone(Sent refused) {
  for (Opened& one : refused.answers) one.alone = true;
  queue_.insert(queue_.begin(), refused.answers.begin(), refused.answers.end());
}

void HandOver::give_up(const Sent& sent, ErrorCode why) {
  const auto* row = schemas::error_row(why);
  node_.raise_alarm("hand-over-rejected",
                    "the broker does not record a hand-over of " + std::to_string(sent.answers.size()) +
                        " answers: " + (row != nullptr ? std::string(row->en) : std::to_string(why)),
                    "received " + to_hex(*sent.message.envelope) + "\n");
}

}  // namespace steelyard::client
