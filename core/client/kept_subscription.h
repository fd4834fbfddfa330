// KeptSubscription: what a subscriber keeps of its subscription from one process to the next.
//
// Owns: its keys. Threads: plain value. Errors: config where a file is not one of these; none where it is missing.
// Format: docs/formats/events.md, "State of a subscriber".
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/client/consumer.h"
#include "core/crypto/secret.h"

namespace steelyard::client {

// Where a reader stands behind one event: all that opening the next one needs.
struct ReadingPlace {
  LogIndex position;
  std::uint32_t period = 0;  // 0: no key yet
  std::shared_ptr<const crypto::SecretBytes> content_key;
  std::uint64_t previous = 0;   // sequence of the last event for all readers; 0: none that was opened
  std::uint64_t last_part = 0;  // of the last part of its snapshot
};

// What a subscription belongs to: whoever asks the same again takes it up.
struct SubscriptionQuestion {
  ApplicationId application;
  DatasetId dataset;
  PurposeId purpose;
  AgreementId agreement;  // as it was named; empty: whichever matched
  std::vector<FieldName> fields;

  bool operator==(const SubscriptionQuestion&) const = default;
};
SubscriptionQuestion subscription_question(const Query& query);

struct KeptSubscription {
  SubscriptionQuestion question;
  ExchangeId id, view;
  AgreementId agreement;          // empty: none was needed
  LogIndex entry, start;          // of request and answer
  std::vector<FieldName> fields;  // granted
  crypto::SecretBytes reply_key;  // private
  ReadingPlace place;
};

// In the folder `subscriptions` of `state_dir`; one for each question.
std::string kept_subscription_path(const std::string& state_dir, const crypto::Suite& suite, const Query& query);
Result<std::optional<KeptSubscription>> read_kept_subscription(const std::string& path);
Status write_kept_subscription(const std::string& path, const KeptSubscription& kept);
Status forget_kept_subscription(const std::string& path);
// All that are kept there, in the order of their request's entry; what is none of this version is left out.
Result<std::vector<KeptSubscription>> kept_subscriptions(const std::string& state_dir);

}  // namespace steelyard::client
