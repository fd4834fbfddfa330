// BrokerMessages: what the broker writes itself: Grant, Refusal, Recorded, Rejection, with the heads they share.
//
// Threads: one. Errors: none. Format: docs/formats/messages.md.
#pragma once

#include "broker/log_draft.h"
#include "core/exchange/frame.h"
#include "core/exchange/gate.h"
#include "schemas/messages.h"

namespace steelyard::broker {

class BrokerMessages {
 public:
  BrokerMessages(std::string origin, KeyId key) : origin_(std::move(origin)), key_(key) {}

  schemas::Head head(schemas::MessageKind kind, const MemberId& recipient, const ExchangeId& id, Instant expires) const;

  // The grant of a request whose entry permitted `fields`; addressed when it is sent.
  std::shared_ptr<schemas::Grant> grant(const schemas::Request& request, const Digest& digest, const Written& entry,
                                        const exchange::Verdict& verdict) const;
  static exchange::OutMessage addressed(schemas::Grant& grant, const MemberId& recipient);  // changes its head

  Bytes refusal(const MemberId& user, const ExchangeId& id, Instant expires, const Digest& request,
                const Written& entry, const std::vector<FieldName>& fields) const;
  Bytes recorded(const MemberId& recipient, const ExchangeId& id, Instant expires, const Digest& message,
                 LogIndex index, const Salt& salt, const Bytes& body) const;
  exchange::OutMessage rejection(const MemberId& recipient, const ExchangeId& id, Instant expires,
                                 const Digest& rejected, ErrorCode code, std::uint32_t delay_ms) const;

  static exchange::OutMessage own(schemas::MessageKind kind, std::shared_ptr<const Bytes> envelope);
  static exchange::OutMessage own(schemas::MessageKind kind, Bytes envelope);

 private:
  std::string origin_;
  KeyId key_;
};

}  // namespace steelyard::broker
