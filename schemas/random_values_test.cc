#include <cstdio>
#include <cstdlib>

#include "schemas/test_values.h"

namespace steelyard::schemas::testing {

Bytes Random::bytes(std::size_t size_min, std::size_t size_max) {
  Bytes made(size_min + below(size_max - size_min + 1));
  for (auto& octet : made) octet = static_cast<std::uint8_t>(engine_());
  return made;
}

std::string Random::name() {
  static constexpr char kLetters[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
  std::string made(1, kLetters[below(36)]);
  for (std::uint64_t left = below(64); left > 0; --left) made.push_back(kLetters[below(39)]);
  return made;
}

std::string Random::text() {
  static constexpr const char* kPieces[] = {"a", " ", "Z9", "é", "权", "衡", "😀", "\"", "\\"};
  std::string made;
  for (std::uint64_t left = below(20); left > 0; --left) made += kPieces[below(std::size(kPieces))];
  return made;
}

Head Random::head(MessageKind kind) {
  Head made;
  made.kind = kind;
  made.origin = "log.example/" + std::to_string(below(1000));
  made.author = MemberId(coin() ? made.origin : name());
  made.recipient = MemberId(coin() ? made.origin : name());
  made.key = octets<KeyId>();
  made.id = octets<ExchangeId>();
  made.expires = instant();
  return made;
}

Value Random::value(ValueType type) {
  if (below(4) == 0) return {};
  switch (type) {
    case ValueType::kBool: return coin();
    case ValueType::kInt64: return static_cast<std::int64_t>(engine_());
    case ValueType::kTimestamp: return instant().us;
    case ValueType::kDouble: return static_cast<double>(engine_()) / 3.0;
    case ValueType::kDecimal:
      return std::to_string(below(1'000'000)) + (coin() ? "." + std::to_string(below(100)) : "");
    case ValueType::kDate: return to_rfc3339(instant()).substr(0, 10);
    case ValueType::kString: return text();
    case ValueType::kBytes: return bytes(0, 40);
  }
  return {};
}

void Random::fill(Request& to) {
  to.head = head(MessageKind::kRequest);
  to.application = ApplicationId(name());
  to.dataset = DatasetId(dataset());
  to.action = static_cast<Action>(1 + below(5));
  to.purpose = PurposeId(name());
  if (coin()) to.agreement = AgreementId(name());
  to.fields = names<FieldName>(256);
  to.conditions = names<FieldName>(64);
  to.strict = coin();
  to.reply_key = bytes(1, 256);
  to.operator_present = coin();
  to.case_present = coin();
  to.behalf = octets<Commitment>();
  to.seal_key = octets<KeyId>();
  to.plaintext = octets<Commitment>();
}

void Random::fill(Answer& to) {
  to.head = head(MessageKind::kAnswer);
  to.request = octets<Digest>();
  to.request_entry = octets<Commitment>();
  to.fields = names<FieldName>(256);
  to.status = static_cast<AnswerStatus>(1 + below(5));
  const bool no = to.status == AnswerStatus::kNo;
  to.rows = no ? 0 : static_cast<std::uint32_t>(below(10'001));
  to.reason = no ? static_cast<ErrorCode>(1 + below(65'535)) : ErrorCode{0};
  to.as_of = perhaps_instant();
  to.ledger_head = octets<Digest>();
  to.ledger_size = engine_();
  to.seal_key = octets<KeyId>();
  to.plaintext = octets<Commitment>();
  if (no && coin()) to.delay_ms = static_cast<std::uint32_t>(below(86'400'001));
}

void Random::fill(Event& to) {
  to.head = head(MessageKind::kEvent);
  to.dataset = DatasetId(dataset());
  to.sequence = 1 + below(1ULL << 47);
  to.previous = below(to.sequence);
  to.content = static_cast<EventContent>(1 + below(4));
  to.time = instant();
  const bool snapshot = to.content == EventContent::kSnapshot, stop = to.content == EventContent::kStop;
  if (snapshot || stop) to.subscription = octets<ExchangeId>();
  if (stop) to.reason = static_cast<ErrorCode>(100 + below(200));
  if (!stop) to.period = static_cast<std::uint32_t>(1 + below(1'000));
  if (snapshot) to.first = coin();
  if (snapshot) to.last = coin();
  if (!snapshot && to.content != EventContent::kChanges) return;
  to.fields = names<FieldName>(255);
  to.fields.emplace_back("last");
  to.rows = static_cast<std::uint32_t>(below(257));
  to.plaintext = octets<Commitment>();
}

void Random::fill(Grant& to) {
  to.head = head(MessageKind::kGrant);
  to.request = octets<Digest>();
  to.index = LogIndex(below(1ULL << 48));
  to.salt = octets<Salt>();
  to.body = bytes(1, 220);
  to.fields = names<FieldName>(200);
  to.withheld = names<FieldName>(56);
  for (const FieldName& field : names<FieldName>(10)) to.masks.push_back({field, name()});
  to.row_filter = text();
  to.rows_max = static_cast<std::uint32_t>(engine_());
}

void Random::fill(RequestPayload& to) {
  for (const FieldName& field : names<FieldName>(20)) {
    Parameter& parameter = to.parameters.emplace_back();
    parameter.field = field;
    parameter.compare = static_cast<Compare>(1 + below(7));
    const std::uint64_t count = parameter.compare == Compare::kIn ? below(257) : 1;
    static constexpr ValueType kLone[] = {ValueType::kBool, ValueType::kInt64, ValueType::kDouble, ValueType::kString,
                                          ValueType::kBytes};
    for (std::uint64_t i = 0; i < count; ++i) parameter.values.push_back(value(kLone[below(5)]));
  }
  to.behalf = {text(), text(), octets<PlainSalt>()};
  to.checkpoint = bytes(0, 300);
}

void Random::fill(AnswerPayload& to) {
  to.rows.count = static_cast<std::uint32_t>(below(70));
  for (const FieldName& field : names<FieldName>(20)) {
    Column& column = to.rows.columns.emplace_back();
    column.name = field;
    column.type = static_cast<ValueType>(1 + below(8));
    for (std::uint32_t i = 0; i < to.rows.count; ++i) column.values.push_back(value(column.type));
  }
  to.checkpoint = bytes(0, 300);
}

void Random::fill(EventPayload& to) {
  AnswerPayload like;
  fill(like);
  to.rows = std::move(like.rows);
  to.checkpoint = std::move(like.checkpoint);
  for (std::uint32_t i = 0; i < to.rows.count; ++i) {
    to.ops.push_back(below(3) == 0 ? RowOp::kDelete : RowOp::kPut);
    to.keys.push_back(octets<RowKey>());
    if (to.ops.back() == RowOp::kDelete)
      for (Column& column : to.rows.columns) column.values[i] = {};
  }
}

void Random::fill(Statement& to) {
  to.head = known_statement(AgreementState{}).head;
  to.head.network = octets<Digest>();
  to.head.subject = dataset();
  to.head.version = static_cast<std::uint32_t>(1 + below(1'000'000));
  to.head.author = MemberId(name());
  to.head.role = static_cast<Role>(1 + below(7));
  to.head.time = instant();
  switch (below(3)) {
    case 0: {
      auto& catalogue = to.body.emplace<Catalogue>(std::get<Catalogue>(known_bodies()[5]));
      catalogue.title = texts();
      catalogue.day_offset_minutes = static_cast<std::int16_t>(engine_());
      catalogue.fields.clear();
      for (const FieldName& field : names<FieldName>(255))
        catalogue.fields.push_back({field, static_cast<ValueType>(1 + below(8)), texts(),
                                    static_cast<std::uint8_t>(1 + below(4)), coin(), coin(), coin() ? name() : ""});
      catalogue.fields.push_back({FieldName("last"), ValueType::kDate, {}, 1, false, true, ""});
      break;
    }
    case 1: {
      auto& agreement = to.body.emplace<Agreement>(std::get<Agreement>(known_bodies()[7]));
      agreement.terms = texts();
      agreement.fields = names<FieldName>(255);
      agreement.fields.emplace_back("last");
      agreement.valid_from = instant();
      agreement.valid_until = perhaps_instant();
      agreement.day_offset_minutes = static_cast<std::int16_t>(engine_());
      break;
    }
    default: {
      auto& member = to.body.emplace<Member>();
      member.names = texts();
      for (std::uint64_t left = below(16); left > 0; --left)
        member.keys.push_back(
            {static_cast<KeyUse>(1 + below(8)), static_cast<std::uint8_t>(1 + below(255)), bytes(1, 256)});
      member.valid_from = instant();
      member.valid_until = perhaps_instant();
    }
  }
  to.head.kind = static_cast<StatementKind>(to.body.index() + 1);
}

std::uint64_t test_seed() {
  const char* given = std::getenv("STEELYARD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::printf("STEELYARD_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

}  // namespace steelyard::schemas::testing
