// What the provider's two sources share. Never included from elsewhere.
#pragma once

#include "adapters/provider.h"
#include "schemas/codec.h"

namespace steelyard::adapters {

struct Provider::Job {
  const client::Incoming* message = nullptr;
  const client::Incoming* grant_message = nullptr;  // null: none came
  const exchange::Registry* registry = nullptr;
  schemas::Request request;
  schemas::Grant grant;
  exchange::EntryBody entry;
  Commitment request_entry;  // to that entry
  exchange::OwnTerms terms;
  schemas::RequestPayload payload;
  KeyId reply_key;
  ExchangeId view{};  // that a subscription is to read
};

}  // namespace steelyard::adapters
