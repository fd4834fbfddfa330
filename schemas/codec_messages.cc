// Envelopes. Format: docs/formats/messages.md.
#include "messages_generated.h"
#include "schemas/codec.h"
#include "schemas/codec_internal.h"

namespace steelyard::schemas {
namespace {

using namespace internal;

constexpr Shape envelope(const char* identifier, const char* name) {
  return {identifier, name, limits::kEnvelopeBytesMax, limits::kFlatbufferTablesMax};
}
constexpr Shape kRequestShape = envelope("SY01", "request");
constexpr Shape kAnswerShape = envelope("SY02", "answer");
constexpr Shape kReceivedShape = envelope("SY03", "received");
constexpr Shape kEventShape = envelope("SY05", "event");
constexpr Shape kGrantShape = envelope("SY16", "grant");
constexpr ErrorCode kFirstReason = 100;  // below are rejections, which make no entry
constexpr Shape kRefusalShape = envelope("SY17", "refusal");
constexpr Shape kRecordedShape = envelope("SY18", "recorded");
constexpr Shape kRejectionShape = envelope("SY32", "rejection");

Offset<wire::Head> put_head(Builder& b, const Head& head) {
  const auto origin = put_text(b, head.origin);
  const auto author = head.author.text == head.origin ? Offset<WireText>() : put_name(b, head.author);
  const auto recipient = head.recipient.text == head.origin ? Offset<WireText>() : put_name(b, head.recipient);
  const auto key = wire_of(head.key);
  const auto id = wire_of(head.id);
  wire::HeadBuilder t(b);
  t.add_version(head.version);
  t.add_kind(static_cast<std::uint8_t>(head.kind));
  t.add_origin(origin);
  t.add_author(author);
  t.add_key(&key);
  t.add_recipient(recipient);
  t.add_id(&id);
  t.add_expires(head.expires.us);
  return t.Finish();
}

void read_head(Reader& r, Head& to, const wire::Head* from, MessageKind kind) {
  if (!r.require(from != nullptr, "head", "missing")) return;
  to.version = from->version();
  r.require(to.version == kEnvelopeVersion, "head.version", "not 1");
  to.kind = kind;
  r.require(from->kind() == static_cast<std::uint8_t>(kind), "head.kind", "another kind");
  r.origin(to.origin, from->origin(), "head.origin");
  if (from->author() == nullptr)
    to.author.text = to.origin;
  else
    r.name(to.author, from->author(), "head.author");
  r.octets(to.key, from->key(), "head.key");
  if (from->recipient() == nullptr)
    to.recipient.text = to.origin;
  else
    r.name(to.recipient, from->recipient(), "head.recipient");
  r.octets(to.id, from->id(), "head.id");
  r.instant(to.expires, from->expires(), "head.expires");
}

void read_fields(Reader& r, std::vector<FieldName>& to, const WireTexts* from, const char* field) {
  r.names(to, from, field, limits::kFieldsMax);
}

// Octets that are absent where there is nothing to name; zeros are written nowhere.
void read_optional(Reader& r, ExchangeId& to, const wire::Octets16* from, const char* field) {
  if (from == nullptr) return;
  r.octets(to, from, field);
  r.require(!to.is_zero(), field, "zeros");
}

// What goes with each content (docs/formats/events.md), so that one event has one meaning.
void check_content(Reader& r, const Event& value) {
  const bool rows = value.content == EventContent::kSnapshot || value.content == EventContent::kChanges;
  const bool stop = value.content == EventContent::kStop;
  r.require(rows != value.fields.empty(), "fields", rows ? "missing" : "without rows");
  r.require(rows != value.plaintext.is_zero(), "plaintext", rows ? "missing" : "where nothing is sealed");
  r.require(rows || value.rows == 0, "rows", "of what has none");
  r.require(stop == (value.reason != 0), "reason", "stands with the content `stop` and only there");
  r.require(!stop || value.reason >= kFirstReason, "reason", "no reason that is recorded");
  r.require(stop == (value.period == 0), "period", stop ? "of a stop" : "missing");
  r.require(value.content == EventContent::kSnapshot || (!value.first && !value.last), "first", "of what has no parts");
  const bool alone = value.content == EventContent::kSnapshot || stop;
  r.require(alone != value.subscription.is_zero(), "subscription", alone ? "missing" : "of what all readers get");
}

void read_body(Reader& r, Bytes& to, const WireVector<std::uint8_t>* from) {
  r.bytes(to, from, "body", 1, limits::kEntryBodyBytesMax);
}

}  // namespace

Bytes encode(const Request& value) {
  Builder& b = builder();
  const auto head = put_head(b, value.head);
  const auto application = put_name(b, value.application);
  const auto dataset = put_name(b, value.dataset);
  const auto purpose = put_name(b, value.purpose);
  const auto agreement = put_name(b, value.agreement);
  const auto fields = put_names(b, value.fields);
  const auto conditions = put_names(b, value.conditions);
  const auto reply_key = put_vector(b, value.reply_key);
  const auto behalf = wire_of(value.behalf);
  const auto seal_key = wire_of(value.seal_key);
  const auto plaintext = wire_of(value.plaintext);
  wire::RequestBuilder t(b);
  t.add_head(head);
  t.add_application(application);
  t.add_dataset(dataset);
  t.add_action(static_cast<std::uint8_t>(value.action));
  t.add_purpose(purpose);
  t.add_agreement(agreement);
  t.add_fields(fields);
  t.add_conditions(conditions);
  t.add_strict(value.strict);
  t.add_reply_key(reply_key);
  t.add_operator_present(value.operator_present);
  t.add_case_present(value.case_present);
  t.add_behalf(&behalf);
  t.add_seal_key(&seal_key);
  t.add_plaintext(&plaintext);
  return finish(b, t.Finish(), kRequestShape);
}

template <>
Result<Request> decode<Request>(ByteView bytes) {
  TRY_ASSIGN(const wire::Request* t, open<wire::Request>(bytes, kRequestShape));
  Reader r(kRequestShape);
  Request value;
  read_head(r, value.head, t->head(), MessageKind::kRequest);
  r.name(value.application, t->application(), "application");
  r.dataset(value.dataset, t->dataset(), "dataset");
  r.number(value.action, t->action(), "action");
  r.name(value.purpose, t->purpose(), "purpose");
  r.name(value.agreement, t->agreement(), "agreement", Empty::kAllowed);
  read_fields(r, value.fields, t->fields(), "fields");
  r.names(value.conditions, t->conditions(), "conditions", limits::kConditionsMax);
  value.strict = t->strict();
  r.bytes(value.reply_key, t->reply_key(), "reply_key", 1, limits::kPublicKeyBytesMax);
  value.operator_present = t->operator_present();
  value.case_present = t->case_present();
  r.octets(value.behalf, t->behalf(), "behalf");
  r.octets(value.seal_key, t->seal_key(), "seal_key");
  r.octets(value.plaintext, t->plaintext(), "plaintext");
  return r.done(std::move(value));
}

Bytes encode(const Answer& value) {
  Builder& b = builder();
  const auto head = put_head(b, value.head);
  const auto fields = put_names(b, value.fields);
  const auto request = wire_of(value.request);
  const auto request_entry = wire_of(value.request_entry);
  const auto ledger_head = wire_of(value.ledger_head);
  const auto seal_key = wire_of(value.seal_key);
  const auto plaintext = wire_of(value.plaintext);
  wire::AnswerBuilder t(b);
  t.add_head(head);
  t.add_request(&request);
  t.add_request_entry(&request_entry);
  t.add_fields(fields);
  t.add_rows(value.rows);
  t.add_status(static_cast<std::uint8_t>(value.status));
  t.add_reason(value.reason);
  if (value.as_of) t.add_as_of(value.as_of->us);
  t.add_ledger_head(&ledger_head);
  t.add_ledger_size(value.ledger_size);
  t.add_seal_key(&seal_key);
  t.add_plaintext(&plaintext);
  const auto view = wire_of(value.view);
  if (!value.view.is_zero()) t.add_view(&view);
  t.add_delay_ms(value.delay_ms);
  return finish(b, t.Finish(), kAnswerShape);
}

template <>
Result<Answer> decode<Answer>(ByteView bytes) {
  TRY_ASSIGN(const wire::Answer* t, open<wire::Answer>(bytes, kAnswerShape));
  Reader r(kAnswerShape);
  Answer value;
  read_head(r, value.head, t->head(), MessageKind::kAnswer);
  r.octets(value.request, t->request(), "request");
  r.octets(value.request_entry, t->request_entry(), "request_entry");
  read_fields(r, value.fields, t->fields(), "fields");
  value.rows = t->rows();
  r.require(value.rows <= limits::kRowsMax, "rows", "too many");
  r.number(value.status, t->status(), "status");
  value.reason = t->reason();
  const bool no = value.status == AnswerStatus::kNo;
  r.require(no == (value.reason != 0), "reason", "stands with the status `no` and only there");
  r.require(!no || value.rows == 0, "rows", "rows beside a no");
  r.instant(value.as_of, t->as_of(), "as_of");
  r.octets(value.ledger_head, t->ledger_head(), "ledger_head");
  value.ledger_size = t->ledger_size();
  r.octets(value.seal_key, t->seal_key(), "seal_key");
  r.octets(value.plaintext, t->plaintext(), "plaintext");
  read_optional(r, value.view, t->view(), "view");
  r.require(!no || value.view.is_zero(), "view", "beside a no");
  value.delay_ms = t->delay_ms();
  r.require(no || value.delay_ms == 0, "delay_ms", "beside rows");
  r.require(value.delay_ms <= limits::kAnswerDelayMax.us / 1'000, "delay_ms", "longer than a day");
  return r.done(std::move(value));
}

Bytes encode(const Received& value) {
  Builder& b = builder();
  const auto head = put_head(b, value.head);
  Offset<WireVector<const wire::Octets32*>> answers;
  if (!value.answers.empty()) {
    wire::Octets32* octets = nullptr;
    answers = b.CreateUninitializedVectorOfStructs(value.answers.size(), &octets);
    for (std::size_t i = 0; i < value.answers.size(); ++i)
      std::memcpy(octets + i, value.answers[i].octets.data(), Digest::kSize);
  }
  const auto subscription = wire_of(value.subscription);
  wire::ReceivedBuilder t(b);
  t.add_head(head);
  t.add_answers(answers);
  if (!value.subscription.is_zero()) {
    t.add_subscription(&subscription);
    t.add_upto(value.upto.value);
    t.add_stop(value.stop);
  }
  return finish(b, t.Finish(), kReceivedShape);
}

template <>
Result<Received> decode<Received>(ByteView bytes) {
  TRY_ASSIGN(const wire::Received* t, open<wire::Received>(bytes, kReceivedShape));
  Reader r(kReceivedShape);
  Received value;
  read_head(r, value.head, t->head(), MessageKind::kReceived);
  r.octets_list(value.answers, t->answers(), "answers", limits::kReceivedDigestsMax);
  read_optional(r, value.subscription, t->subscription(), "subscription");
  const bool range = !value.subscription.is_zero();
  r.require(range == value.answers.empty(), "answers", range ? "beside a subscription" : "names none");
  r.index(value.upto, t->upto(), "upto");
  value.stop = t->stop();
  r.require(range || (value.upto.value == 0 && !value.stop), "subscription", "missing");
  return r.done(std::move(value));
}

Bytes encode(const Event& value) {
  Builder& b = builder();
  const auto head = put_head(b, value.head);
  const auto dataset = put_name(b, value.dataset);
  const auto fields = put_names(b, value.fields);
  const auto subscription = wire_of(value.subscription);
  const auto plaintext = wire_of(value.plaintext);
  wire::EventBuilder t(b);
  t.add_head(head);
  t.add_dataset(dataset);
  t.add_sequence(value.sequence);
  t.add_previous(value.previous);
  if (!value.subscription.is_zero()) t.add_subscription(&subscription);
  t.add_content(static_cast<std::uint8_t>(value.content));
  t.add_period(value.period);
  t.add_first(value.first);
  t.add_last(value.last);
  t.add_fields(fields);
  t.add_rows(value.rows);
  t.add_reason(value.reason);
  t.add_time(value.time.us);
  t.add_plaintext(&plaintext);
  return finish(b, t.Finish(), kEventShape);
}

template <>
Result<Event> decode<Event>(ByteView bytes) {
  TRY_ASSIGN(const wire::Event* t, open<wire::Event>(bytes, kEventShape));
  Reader r(kEventShape);
  Event value;
  read_head(r, value.head, t->head(), MessageKind::kEvent);
  r.require(!value.head.id.is_zero(), "head.id", "names no view");
  r.dataset(value.dataset, t->dataset(), "dataset");
  value.sequence = t->sequence();
  value.previous = t->previous();
  r.require(value.sequence >= 1 && value.sequence <= kNoIndex.value, "sequence", "not 1 to 2^48 - 1");
  r.require(value.previous < value.sequence, "previous", "not before it");
  read_optional(r, value.subscription, t->subscription(), "subscription");
  r.number(value.content, t->content(), "content");
  value.period = t->period();
  value.first = t->first();
  value.last = t->last();
  read_fields(r, value.fields, t->fields(), "fields");
  value.rows = t->rows();
  r.require(value.rows <= limits::kEventRowsMax, "rows", "too many");
  value.reason = t->reason();
  r.instant(value.time, t->time(), "time");
  r.octets(value.plaintext, t->plaintext(), "plaintext");
  check_content(r, value);
  return r.done(std::move(value));
}

Bytes encode(const Grant& value) {
  Builder& b = builder();
  const auto head = put_head(b, value.head);
  const auto body = put_vector(b, value.body);
  const auto fields = put_names(b, value.fields);
  const auto withheld = put_names(b, value.withheld);
  const auto mask_fields =
      put_texts(b, value.masks, [](const Mask& mask) -> const std::string& { return mask.field.text; });
  const auto mask_names = put_texts(b, value.masks, [](const Mask& mask) -> const std::string& { return mask.mask; });
  const auto row_filter = put_text(b, value.row_filter);
  const auto request = wire_of(value.request);
  const auto salt = wire_of(value.salt);
  wire::GrantBuilder t(b);
  t.add_head(head);
  t.add_request(&request);
  t.add_index(value.index.value);
  t.add_salt(&salt);
  t.add_body(body);
  t.add_fields(fields);
  t.add_withheld(withheld);
  t.add_mask_fields(mask_fields);
  t.add_mask_names(mask_names);
  t.add_row_filter(row_filter);
  t.add_rows_max(value.rows_max);
  return finish(b, t.Finish(), kGrantShape);
}

template <>
Result<Grant> decode<Grant>(ByteView bytes) {
  TRY_ASSIGN(const wire::Grant* t, open<wire::Grant>(bytes, kGrantShape));
  Reader r(kGrantShape);
  Grant value;
  read_head(r, value.head, t->head(), MessageKind::kGrant);
  r.octets(value.request, t->request(), "request");
  r.index(value.index, t->index(), "index");
  r.octets(value.salt, t->salt(), "salt");
  read_body(r, value.body, t->body());
  read_fields(r, value.fields, t->fields(), "fields");
  read_fields(r, value.withheld, t->withheld(), "withheld");
  r.masks(t->mask_fields(), t->mask_names(), [&value](FieldName field, std::string mask) {
    value.masks.push_back({std::move(field), std::move(mask)});
  });
  r.text(value.row_filter, t->row_filter(), "row_filter", limits::kRowFilterBytesMax, TextRule::kOneLine);
  value.rows_max = t->rows_max();
  return r.done(std::move(value));
}

Bytes encode(const Refusal& value) {
  Builder& b = builder();
  const auto head = put_head(b, value.head);
  const auto body = put_vector(b, value.body);
  const auto fields = put_names(b, value.fields);
  const auto request = wire_of(value.request);
  const auto salt = wire_of(value.salt);
  wire::RefusalBuilder t(b);
  t.add_head(head);
  t.add_request(&request);
  t.add_index(value.index.value);
  t.add_salt(&salt);
  t.add_body(body);
  t.add_fields(fields);
  return finish(b, t.Finish(), kRefusalShape);
}

template <>
Result<Refusal> decode<Refusal>(ByteView bytes) {
  TRY_ASSIGN(const wire::Refusal* t, open<wire::Refusal>(bytes, kRefusalShape));
  Reader r(kRefusalShape);
  Refusal value;
  read_head(r, value.head, t->head(), MessageKind::kRefusal);
  r.octets(value.request, t->request(), "request");
  r.index(value.index, t->index(), "index");
  r.octets(value.salt, t->salt(), "salt");
  read_body(r, value.body, t->body());
  read_fields(r, value.fields, t->fields(), "fields");
  return r.done(std::move(value));
}

Bytes encode(const Recorded& value) {
  Builder& b = builder();
  const auto head = put_head(b, value.head);
  const auto body = put_vector(b, value.body);
  const auto digest = wire_of(value.digest);
  const auto salt = wire_of(value.salt);
  wire::RecordedBuilder t(b);
  t.add_head(head);
  t.add_digest(&digest);
  t.add_index(value.index.value);
  t.add_salt(&salt);
  t.add_body(body);
  return finish(b, t.Finish(), kRecordedShape);
}

template <>
Result<Recorded> decode<Recorded>(ByteView bytes) {
  TRY_ASSIGN(const wire::Recorded* t, open<wire::Recorded>(bytes, kRecordedShape));
  Reader r(kRecordedShape);
  Recorded value;
  read_head(r, value.head, t->head(), MessageKind::kRecorded);
  r.octets(value.digest, t->digest(), "digest");
  r.index(value.index, t->index(), "index");
  r.octets(value.salt, t->salt(), "salt");
  read_body(r, value.body, t->body());
  return r.done(std::move(value));
}

Bytes encode(const Rejection& value) {
  Builder& b = builder();
  const auto head = put_head(b, value.head);
  const auto rejected = wire_of(value.rejected);
  wire::RejectionBuilder t(b);
  t.add_head(head);
  t.add_rejected(&rejected);
  t.add_code(value.code);
  t.add_delay_ms(value.delay_ms);
  return finish(b, t.Finish(), kRejectionShape);
}

template <>
Result<Rejection> decode<Rejection>(ByteView bytes) {
  TRY_ASSIGN(const wire::Rejection* t, open<wire::Rejection>(bytes, kRejectionShape));
  Reader r(kRejectionShape);
  Rejection value;
  read_head(r, value.head, t->head(), MessageKind::kRejection);
  r.octets(value.rejected, t->rejected(), "rejected");
  value.code = t->code();
  r.require(value.code != 0, "code", "missing");
  value.delay_ms = t->delay_ms();
  return r.done(std::move(value));
}

}  // namespace steelyard::schemas
