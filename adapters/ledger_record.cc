#include "adapters/ledger_record.h"

#include "core/base/check.h"
#include "core/crypto/hash.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr std::uint8_t kRecordVersion = 1;
constexpr std::size_t kFixedOctets = 2 + 8 + 8 + 32 + 16 + 8 + 8 + 32 + 4 + 1 + 2 + 32 + 32;

void put_short(Bytes& to, std::string_view text) {
  CHECK(text.size() <= 0xffff);
  put_le(to, static_cast<std::uint16_t>(text.size()));
  append(to, as_bytes(text));
}

class Reader {
 public:
  explicit Reader(ByteView octets) : octets_(octets) {}

  template <class Integer>
  Integer number() {
    return get_le<Integer>(take(sizeof(Integer)).data());
  }
  template <class Fixed>
  Fixed fixed() {
    Fixed value;
    std::memcpy(value.octets.data(), take(value.octets.size()).data(), value.octets.size());
    return value;
  }
  bool short_text(std::string& to) {
    if (octets_.size() < 2) return false;
    const auto size = number<std::uint16_t>();
    if (octets_.size() < size) return false;
    to = as_text(take(size));
    return true;
  }
  bool at_end() const { return octets_.empty(); }

 private:
  ByteView take(std::size_t size) {
    const ByteView taken = octets_.first(size);
    octets_ = octets_.subspan(size);
    return taken;
  }
  ByteView octets_;
};

tl::unexpected<Error> wrong(std::string_view why) {
  return fail(schemas::error_of(schemas::code::verification_failed, "ledger record: " + std::string(why)));
}

}  // namespace

Bytes encode(const LedgerRecord& record) {
  Bytes octets;
  octets.reserve(kFixedOctets + 8 + record.user.text.size() + record.dataset.text.size() + record.operator_id.size() +
                 record.case_number.size());
  octets.push_back(kRecordVersion);
  octets.push_back(static_cast<std::uint8_t>(record.suite));
  put_le(octets, record.seq);
  put_le(octets, record.time.us);
  append(octets, record.request.view());
  append(octets, record.id.view());
  put_le(octets, record.entry.value);
  put_le(octets, record.catalogue.value);
  append(octets, record.returned.octets);
  put_le(octets, record.rows);
  octets.push_back(static_cast<std::uint8_t>(record.status));
  put_le(octets, record.reason);
  append(octets, record.plaintext.view());
  append(octets, record.keys.view());
  put_short(octets, record.user.text);
  put_short(octets, record.dataset.text);
  put_short(octets, record.operator_id);
  put_short(octets, record.case_number);
  return octets;
}

Result<LedgerRecord> decode_ledger_record(ByteView octets) {
  if (octets.size() < kFixedOctets) return wrong("too short");
  Reader reader(octets);
  if (reader.number<std::uint8_t>() != kRecordVersion) return wrong("of an unknown version");
  LedgerRecord record;
  TRY_ASSIGN(const crypto::Suite* suite, crypto::find_suite(reader.number<std::uint8_t>()));
  record.suite = suite->id;
  record.seq = reader.number<std::uint64_t>();
  record.time.us = reader.number<std::int64_t>();
  record.request = reader.fixed<Digest>();
  record.id = reader.fixed<ExchangeId>();
  record.entry.value = reader.number<std::uint64_t>();
  record.catalogue.value = reader.number<std::uint64_t>();
  record.returned = reader.fixed<exchange::FieldSet>();
  record.rows = reader.number<std::uint32_t>();
  const auto status = reader.number<std::uint8_t>();
  if (status < 1 || status > static_cast<std::uint8_t>(schemas::AnswerStatus::kNo)) return wrong("unknown status");
  record.status = static_cast<schemas::AnswerStatus>(status);
  record.reason = reader.number<ErrorCode>();
  record.plaintext = reader.fixed<Commitment>();
  record.keys = reader.fixed<Digest>();
  if (!reader.short_text(record.user.text) || !reader.short_text(record.dataset.text) ||
      !reader.short_text(record.operator_id) || !reader.short_text(record.case_number) || !reader.at_end())
    return wrong("its texts do not end with it");
  return record;
}

Bytes encode(const LedgerHead& head) {
  Bytes octets;
  put_le(octets, head.size);
  append(octets, head.head.view());
  return octets;
}

Result<LedgerHead> decode_ledger_head(ByteView octets) {
  if (octets.size() != 8 + Digest::kSize)
    return fail(schemas::error_of(schemas::code::store_failed, "access ledger: the head row has a wrong size"));
  LedgerHead head;
  head.size = get_le<std::uint64_t>(octets.data());
  TRY_ASSIGN(head.head, Digest::from(octets.subspan(8)));
  return head;
}

Digest next_ledger_head(const crypto::Suite& suite, const Digest& before, ByteView record) {
  return crypto::Hasher(suite).add("steelyard/ledger/v1").add_octet(0).add(before.view()).add(record).finish();
}

Digest digest_of_keys(const crypto::Suite& suite, const std::vector<Digest>& hashes) {
  crypto::Hasher hasher(suite);
  hasher.add("steelyard/ledger-keys/v1").add_octet(0);
  for (const Digest& hash : hashes) hasher.add(hash.view());
  return hasher.finish();
}

Digest hash_of_key(ByteView secret, const DatasetId& dataset, const schemas::Value& key) {
  Bytes data;
  data.reserve(64);
  put_short(data, dataset.text);
  data.push_back(static_cast<std::uint8_t>(key.index()));
  if (const auto* text = std::get_if<std::string>(&key)) append(data, as_bytes(*text));
  if (const auto* octets = std::get_if<Bytes>(&key)) append(data, *octets);
  if (const auto* number = std::get_if<std::int64_t>(&key)) put_le(data, *number);
  if (const auto* flag = std::get_if<bool>(&key)) data.push_back(*flag ? 1 : 0);
  if (const auto* real = std::get_if<double>(&key)) {
    std::uint64_t bits = 0;
    std::memcpy(&bits, real, sizeof(bits));
    put_le(data, bits);
  }
  return crypto::keyed_hash(secret, data);
}

}  // namespace steelyard::adapters
