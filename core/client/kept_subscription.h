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

struct KeptSubscription {
  ExchangeId id, view;
  AgreementId agreement;  // empty: none was needed
  LogIndex entry, start;  // of request and answer
  std::vector<FieldName> fields;
  crypto::SecretBytes reply_key;  // private
  ReadingPlace place;
};

// In the folder `subscriptions` of `state_dir`; one for each question.
std::string kept_subscription_path(const std::string& state_dir, const crypto::Suite& suite, const Query& query);
Result<std::optional<KeptSubscription>> read_kept_subscription(const std::string& path);
Status write_kept_subscription(const std::string& path, const KeptSubscription& kept);
Status forget_kept_subscription(const std::string& path);

}  // namespace steelyard::client
