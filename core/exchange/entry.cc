#include "core/exchange/entry.h"

#include <cstring>

#include "core/base/check.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kOperatorBit = 1;
constexpr std::uint8_t kCaseBit = 2;
constexpr std::uint8_t kStrictBit = 4;
constexpr std::uint8_t kReservedBit = 8;

// One description of the layout for both directions: an Octets writes or reads each field in its order.
class Writer {
 public:
  explicit Writer(std::uint8_t* to) : at_(to) {}
  template <std::size_t kOctets, class Integer>
  void number(Integer value) {
    for (std::size_t i = 0; i < kOctets; ++i) *at_++ = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
  void octets(const std::uint8_t* from, std::size_t size) {
    std::memcpy(at_, from, size);
    at_ += size;
  }
  const std::uint8_t* at() const { return at_; }

 private:
  std::uint8_t* at_;
};

class Reader {
 public:
  explicit Reader(const std::uint8_t* from) : at_(from) {}
  template <std::size_t kOctets>
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < kOctets; ++i) value |= static_cast<std::uint64_t>(*at_++) << (8 * i);
    return value;
  }
  void octets(std::uint8_t* to, std::size_t size) {
    std::memcpy(to, at_, size);
    at_ += size;
  }

 private:
  const std::uint8_t* at_;
};

bool known_kind(std::uint64_t kind) { return kind >= 1 && kind <= 6; }

}  // namespace

std::array<std::uint8_t, kEntryBodyBytes> encode(const EntryBody& body) {
  std::array<std::uint8_t, kEntryBodyBytes> octets{};
  Writer to(octets.data());
  to.number<1>(kVersion);
  to.number<1>(static_cast<std::uint8_t>(body.kind));
  to.number<2>(body.verdict);
  to.octets(body.digest.octets.data(), 32);
  to.octets(body.id.octets.data(), 16);
  for (const LogIndex number :
       {body.member, body.peer, body.application, body.dataset, body.purpose, body.agreement}) {
    CHECK(number <= kNoIndex);
    to.number<6>(number.value);
  }
  to.octets(body.returned.octets.data(), 32);
  to.octets(body.tested.octets.data(), 32);
  to.octets(body.terms.octets.data(), 32);
  to.number<6>(body.epoch.value);
  to.number<8>(body.time.us);
  to.number<6>(body.related.value);
  to.number<4>(body.count);
  to.number<1>((body.operator_present ? kOperatorBit : 0) | (body.case_present ? kCaseBit : 0) |
               (body.strict ? kStrictBit : 0) | static_cast<std::uint8_t>(body.action) << 4);
  CHECK(to.at() == octets.data() + octets.size());
  return octets;
}

Result<EntryBody> decode_entry(ByteView octets) {
  const auto malformed = [](std::string what) {
    return fail(ErrorKind::kFix, "entry body: " + what, schemas::code::malformed);
  };
  if (octets.size() != kEntryBodyBytes) return malformed(std::to_string(octets.size()) + " octets");
  Reader from(octets.data());
  if (from.number<1>() != kVersion) return malformed("unknown version");
  const std::uint64_t kind = from.number<1>();
  if (!known_kind(kind)) return malformed("unknown kind");
  EntryBody body;
  body.kind = static_cast<schemas::EntryKind>(kind);
  body.verdict = static_cast<ErrorCode>(from.number<2>());
  from.octets(body.digest.octets.data(), 32);
  from.octets(body.id.octets.data(), 16);
  for (LogIndex* number :
       {&body.member, &body.peer, &body.application, &body.dataset, &body.purpose, &body.agreement})
    number->value = from.number<6>();
  from.octets(body.returned.octets.data(), 32);
  from.octets(body.tested.octets.data(), 32);
  from.octets(body.terms.octets.data(), 32);
  body.epoch.value = from.number<6>();
  body.time.us = static_cast<std::int64_t>(from.number<8>());
  body.related.value = from.number<6>();
  body.count = static_cast<std::uint32_t>(from.number<4>());
  const std::uint64_t flags = from.number<1>();
  const std::uint64_t action = flags >> 4;
  if ((flags & kReservedBit) != 0 || action < 1 || action > 5) return malformed("unknown flags");
  body.operator_present = (flags & kOperatorBit) != 0;
  body.case_present = (flags & kCaseBit) != 0;
  body.strict = (flags & kStrictBit) != 0;
  body.action = static_cast<schemas::Action>(action);
  return body;
}

}  // namespace steelyard::exchange
