#include "core/exchange/entry.h"

#include <cstring>
#include <string>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

constexpr std::uint8_t kEntryVersion = 1;
constexpr std::size_t kIndexBytes = 6;  // 2^48 entries: 89 years of 100,000 a second
constexpr std::size_t kNumbers = 6;     // member, peer, application, dataset, purpose, agreement

static_assert(1 + 1 + 2 + Digest::kSize + ExchangeId::kSize + kNumbers * kIndexBytes + 32 + 32 + Digest::kSize +
                      kIndexBytes + 8 + kIndexBytes + 4 + 1 ==
                  kEntryBodyBytes,
              "the table of docs/formats/entry.md adds up");
static_assert(kEntryBodyBytes <= limits::kEntryBodyBytesMax);

constexpr std::uint8_t kOperatorBit = 1;
constexpr std::uint8_t kCaseBit = 2;
constexpr std::uint8_t kStrictBit = 4;
constexpr std::uint8_t kZeroBit = 8;

class Writer {
 public:
  explicit Writer(std::array<std::uint8_t, kEntryBodyBytes>& to) : to_(to.data()) {}

  void number(std::uint64_t value, std::size_t octets) {
    for (std::size_t i = 0; i < octets; ++i) to_[at_++] = static_cast<std::uint8_t>(value >> (8 * i));
  }
  void index(LogIndex index) {
    CHECK(index <= kNoIndex);
    number(index.value, kIndexBytes);
  }
  template <std::size_t N>
  void octets(const std::array<std::uint8_t, N>& from) {
    std::memcpy(to_ + at_, from.data(), N);
    at_ += N;
  }
  std::size_t at() const { return at_; }

 private:
  std::uint8_t* to_;
  std::size_t at_ = 0;
};

class Reader {
 public:
  explicit Reader(ByteView from) : from_(from.data()) {}

  std::uint64_t number(std::size_t octets) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < octets; ++i) value |= static_cast<std::uint64_t>(from_[at_++]) << (8 * i);
    return value;
  }
  LogIndex index() { return LogIndex(number(kIndexBytes)); }
  template <std::size_t N>
  void octets(std::array<std::uint8_t, N>& to) {
    std::memcpy(to.data(), from_ + at_, N);
    at_ += N;
  }

 private:
  const std::uint8_t* from_;
  std::size_t at_ = 0;
};

std::uint8_t flags_of(const EntryBody& body) {
  const auto action = static_cast<unsigned>(body.action);
  return static_cast<std::uint8_t>((body.operator_present ? kOperatorBit : 0) | (body.case_present ? kCaseBit : 0) |
                                   (body.strict ? kStrictBit : 0) | action << 4);
}

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(schemas::error_of(schemas::code::malformed, "entry: " + what));
}

}  // namespace

std::array<std::uint8_t, kEntryBodyBytes> encode(const EntryBody& body) {
  std::array<std::uint8_t, kEntryBodyBytes> encoded;
  Writer to(encoded);
  to.number(kEntryVersion, 1);
  to.number(static_cast<std::uint8_t>(body.kind), 1);
  to.number(body.verdict, 2);
  to.octets(body.digest.octets);
  to.octets(body.id.octets);
  for (const LogIndex number : {body.member, body.peer, body.application, body.dataset, body.purpose, body.agreement})
    to.index(number);
  to.octets(body.returned.octets);
  to.octets(body.tested.octets);
  to.octets(body.terms.octets);
  to.index(body.epoch);
  to.number(static_cast<std::uint64_t>(body.time.us), 8);
  to.index(body.related);
  to.number(body.count, 4);
  to.number(flags_of(body), 1);
  CHECK(to.at() == kEntryBodyBytes);
  return encoded;
}

Result<EntryBody> decode_entry(ByteView octets) {
  if (octets.size() != kEntryBodyBytes)
    return malformed("expected " + std::to_string(kEntryBodyBytes) + " octets, got " + std::to_string(octets.size()));
  Reader from(octets);
  EntryBody body;
  if (const auto version = from.number(1); version != kEntryVersion)
    return malformed("version " + std::to_string(version) + " is unknown");
  const auto kind = from.number(1);
  if (kind < static_cast<std::uint8_t>(schemas::EntryKind::kStatement) ||
      kind > static_cast<std::uint8_t>(schemas::EntryKind::kStop))
    return malformed("kind " + std::to_string(kind) + " is unknown");
  body.kind = static_cast<schemas::EntryKind>(kind);
  body.verdict = static_cast<ErrorCode>(from.number(2));
  from.octets(body.digest.octets);
  from.octets(body.id.octets);
  for (LogIndex* number : {&body.member, &body.peer, &body.application, &body.dataset, &body.purpose, &body.agreement})
    *number = from.index();
  from.octets(body.returned.octets);
  from.octets(body.tested.octets);
  from.octets(body.terms.octets);
  body.epoch = from.index();
  body.time = Instant{static_cast<std::int64_t>(from.number(8))};
  body.related = from.index();
  body.count = static_cast<std::uint32_t>(from.number(4));
  const auto flags = static_cast<std::uint8_t>(from.number(1));
  const auto action = static_cast<std::uint8_t>(flags >> 4);
  if ((flags & kZeroBit) != 0) return malformed("flag bit 3 is set");
  if (action < static_cast<std::uint8_t>(schemas::Action::kQuery) ||
      action > static_cast<std::uint8_t>(schemas::Action::kSubscribe))
    return malformed("action " + std::to_string(action) + " is unknown");
  body.operator_present = (flags & kOperatorBit) != 0;
  body.case_present = (flags & kCaseBit) != 0;
  body.strict = (flags & kStrictBit) != 0;
  body.action = static_cast<schemas::Action>(action);
  return body;
}

}  // namespace steelyard::exchange
