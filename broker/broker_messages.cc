#include "broker/broker_messages.h"

#include "schemas/codec.h"

namespace steelyard::broker {

using schemas::MessageKind;

schemas::Head BrokerMessages::head(MessageKind kind, const MemberId& recipient, const ExchangeId& id,
                                   Instant expires) const {
  schemas::Head made;
  made.kind = kind;
  made.origin = origin_;
  made.author = MemberId(origin_);
  made.key = key_;
  made.recipient = recipient;
  made.id = id;
  made.expires = expires;
  return made;
}

std::shared_ptr<schemas::Grant> BrokerMessages::grant(const schemas::Request& request, const Digest& digest,
                                                      const Written& entry, const exchange::Verdict& verdict) const {
  auto made = std::make_shared<schemas::Grant>();
  made->head = head(MessageKind::kGrant, request.head.recipient, request.head.id, request.head.expires);
  made->request = digest;
  made->index = entry.index;
  made->salt = entry.salt;
  made->body = entry.body;
  made->fields = verdict.fields();
  made->withheld = verdict.withheld();
  made->masks = verdict.terms().masks;
  made->row_filter = verdict.terms().row_filter;
  made->rows_max = verdict.terms().rows_max;
  return made;
}

exchange::OutMessage BrokerMessages::addressed(schemas::Grant& grant, const MemberId& recipient) {
  grant.head.recipient = recipient;
  return own(MessageKind::kGrant, schemas::encode(grant));
}

Bytes BrokerMessages::refusal(const MemberId& user, const ExchangeId& id, Instant expires, const Digest& request,
                              const Written& entry, const std::vector<FieldName>& fields) const {
  schemas::Refusal made;
  made.head = head(MessageKind::kRefusal, user, id, expires);
  made.request = request;
  made.index = entry.index;
  made.salt = entry.salt;
  made.body = entry.body;
  made.fields = fields;
  return schemas::encode(made);
}

Bytes BrokerMessages::recorded(const MemberId& recipient, const ExchangeId& id, Instant expires, const Digest& message,
                               LogIndex index, const Salt& salt, const Bytes& body) const {
  schemas::Recorded made;
  made.head = head(MessageKind::kRecorded, recipient, id, expires);
  made.digest = message;
  made.index = index;
  made.salt = salt;
  made.body = body;
  return schemas::encode(made);
}

exchange::OutMessage BrokerMessages::rejection(const MemberId& recipient, const ExchangeId& id, Instant expires,
                                               const Digest& rejected, ErrorCode code, std::uint32_t delay_ms) const {
  schemas::Rejection made;
  made.head = head(MessageKind::kRejection, recipient, id, expires);
  made.rejected = rejected;
  made.code = code;
  made.delay_ms = delay_ms;
  return own(MessageKind::kRejection, schemas::encode(made));
}

exchange::OutMessage BrokerMessages::own(MessageKind kind, std::shared_ptr<const Bytes> envelope) {
  exchange::OutMessage made;
  made.kind = kind;
  made.envelope = std::move(envelope);
  return made;
}

exchange::OutMessage BrokerMessages::own(MessageKind kind, Bytes envelope) {
  return own(kind, std::make_shared<const Bytes>(std::move(envelope)));
}

}  // namespace steelyard::broker
