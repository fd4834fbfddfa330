// ProviderBus: what the owner's side of an adapter needs of its member's node; tests stand in for it.
#pragma once

#include <string>

#include "core/exchange/bundle.h"
#include "core/exchange/promise.h"
#include "core/exchange/registry.h"

namespace steelyard::adapters {

class ProviderBus {
 public:
  virtual ~ProviderBus() = default;
  virtual const exchange::Registry& registry() const = 0;  // not empty
  virtual std::string checkpoint() const = 0;              // the last verified note; empty before the first
  virtual void send(exchange::OutMessage message) = 0;
  // Of what a member sealed: false, and an alarm with both notes, where the log showed it another tree than us.
  virtual bool compare_checkpoint(ByteView note, const MemberId& from) = 0;
  virtual void hold(exchange::Promise promise, const ExchangeId& about) = 0;  // until it is proved
};

}  // namespace steelyard::adapters
