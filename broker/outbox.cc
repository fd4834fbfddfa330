#include "broker/outbox.h"

#include <algorithm>

#include "core/base/fail_point.h"

namespace steelyard::broker {

namespace {

// Version, flags, key id, signature, count: at most this much stands before a frame's messages.
constexpr std::size_t kFrameHeadBytesMax = 128;

bool holds(std::span<const exchange::OutMessage> messages, schemas::MessageKind kind) {
  return std::any_of(messages.begin(), messages.end(), [&](const auto& message) { return message.kind == kind; });
}

std::size_t statements_in(std::span<const exchange::OutMessage> messages) {
  return static_cast<std::size_t>(std::count_if(messages.begin(), messages.end(), [](const auto& message) {
    return message.kind == schemas::MessageKind::kStatement;
  }));
}

// Of the message that is forwarded; the broker's own words have none.
MemberId author_of(std::span<const exchange::OutMessage> messages) {
  for (const auto& message : messages)
    if (message.proof) return message.proof->author;
  return {};
}

// What a waiting message holds that nobody else does: a statement's bytes are the registry's own.
std::size_t held_bytes(const exchange::OutMessage& message) {
  return message.kind == schemas::MessageKind::kStatement ? 0 : message.framed_bytes();
}

}  // namespace

bool Outbox::push(std::vector<exchange::OutMessage> messages) {
  std::size_t more = 0;
  for (const auto& message : messages) more += held_bytes(message);
  if (bytes_ + more > limits::kSessionQueueBytesMax || budget_->bytes + more > budget_->bytes_max) return false;
  bytes_ += more;
  budget_->bytes += more;
  urgent_ = urgent_ || std::any_of(messages.begin(), messages.end(),
                                   [](const auto& message) { return message.kind != schemas::MessageKind::kRecorded; });
  if (const std::size_t statements = statements_in(messages); statements > 0) {
    statements_ += statements;
    while (auto next = turns_.take()) append(std::move(*next));
    append(std::move(messages));
  } else if (turns_.empty() && !frame_full()) {
    append(std::move(messages));
  } else {
    const MemberId author = author_of(messages);
    turns_.push(author, std::move(messages));
  }
  return true;
}

void Outbox::append(std::vector<exchange::OutMessage> messages) {
  for (const auto& message : messages) ready_bytes_ += message.framed_bytes();
  std::move(messages.begin(), messages.end(), std::back_inserter(waiting_));
}

bool Outbox::frame_full() const {
  return waiting_.size() - from_ >= limits::kFrameMessagesMax || ready_bytes_ >= limits::kFrameBytesTarget;
}

// One frame's worth: whose turn comes after it is seen when the peer has room for more.
void Outbox::fill() {
  while (!turns_.empty() && !frame_full()) append(std::move(*turns_.take()));
}

bool Outbox::push_control(Bytes frame) {
  if (control_bytes_ + frame.size() > limits::kControlQueueBytesMax) return false;
  control_bytes_ += frame.size();
  control_.push_back(std::move(frame));
  return true;
}

void Outbox::raise_credit(const schemas::Credit& credit) {
  credit_messages_ = std::max(credit_messages_, credit.messages);
  credit_bytes_ = std::max(credit_bytes_, credit.bytes);
}

void Outbox::clear() {
  control_.clear();
  control_bytes_ = 0;
  turns_.clear();
  waiting_.clear();
  from_ = 0;
  ready_bytes_ = 0;
  statements_ = 0;
  urgent_ = false;
  patient_since_.reset();
  staged_.reset();
  release(bytes_);
}

void Outbox::release(std::size_t bytes) {
  bytes_ -= bytes;
  budget_->bytes -= bytes;
}

// How many of the waiting messages make the next frame: as many as fit it, and the peer's credit. Zero: wait.
std::size_t Outbox::count_within_credit() {
  if (sent_messages_ >= credit_messages_) return 0;
  fill();
  if (from_ == waiting_.size()) return 0;
  std::size_t count = exchange::count_for_frame(waiting_, from_);
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, credit_messages_ - sent_messages_));
  std::uint64_t size = sent_bytes_ + kFrameHeadBytesMax;
  for (std::size_t i = 0; i < count; ++i) {
    size += waiting_[from_ + i].framed_bytes();
    if (size > credit_bytes_) return i;
  }
  return count;
}

bool Outbox::stage(const FrameSigner& signer, Flushed& flushed) {
  const std::size_t count = count_within_credit();
  if (count == 0) return false;
  const auto messages = std::span<const exchange::OutMessage>(waiting_).subspan(from_, count);
  if (holds(messages, schemas::MessageKind::kAnswer)) FAIL_POINT("broker-answer-recorded");
  const bool own = std::any_of(messages.begin(), messages.end(), [](const auto& message) { return !message.proof; });
  staged_ = Staged{exchange::sign_broker_frame(*signer.suite, signer.origin, *signer.key, messages), count,
                   statements_in(messages), holds(messages, schemas::MessageKind::kGrant)};
  flushed.signatures += own ? 1 : 0;
  std::size_t unframed = 0;
  for (const auto& message : messages) {
    unframed += held_bytes(message);
    ready_bytes_ -= message.framed_bytes();
  }
  release(unframed);
  from_ += count;
  if (from_ * 2 >= waiting_.size()) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(from_));
    from_ = 0;
  }
  return true;
}

bool Outbox::due(Duration now) {
  if (empty()) return false;
  if (urgent_ || staged_ || !control_.empty()) return true;
  if (!patient_since_) patient_since_ = now;
  return now >= *patient_since_ + kRecordedMayWait;
}

Flushed Outbox::flush(net::Router& router, const Bytes& routing_id, const FrameSigner& signer, Duration now) {
  const Flushed flushed = send_waiting(router, routing_id, signer);
  if (!flushed.blocked)
    blocked_since_.reset();
  else if (!blocked_since_ || flushed.frames > 0)
    blocked_since_ = now;
  return flushed;
}

Flushed Outbox::send_waiting(net::Router& router, const Bytes& routing_id, const FrameSigner& signer) {
  Flushed flushed;
  const auto send = [&](Bytes& frame) {
    const std::size_t size = frame.size();
    const auto result = router.send(routing_id, std::move(frame));
    flushed.gone = result == net::SendResult::kGone;
    flushed.blocked = result == net::SendResult::kWouldBlock;
    if (result != net::SendResult::kSent) return false;
    flushed.frames += 1;
    flushed.bytes += size;
    return true;
  };
  while (!control_.empty()) {
    const std::size_t size = control_.front().size();
    if (!send(control_.front())) return flushed;
    control_bytes_ -= size;
    control_.pop_front();
  }
  while (staged_ || stage(signer, flushed)) {
    const std::size_t size = staged_->frame.size();
    if (!send(staged_->frame)) return flushed;
    sent_messages_ += staged_->messages;
    sent_bytes_ += size;
    flushed.messages += staged_->messages;
    flushed.statements += staged_->statements;
    statements_ -= staged_->statements;
    if (staged_->grants) FAIL_POINT("broker-sent");
    staged_.reset();
  }
  if (empty()) urgent_ = false;
  patient_since_.reset();
  return flushed;
}

}  // namespace steelyard::broker
