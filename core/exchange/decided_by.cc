#include "core/exchange/decided_by.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/crypto/hash.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kLabel = "steelyard/decided-by/v1\0"sv;
constexpr std::size_t kIndexBytes = 6;
constexpr std::size_t kPolicyBytes = kIndexBytes + 2;
constexpr std::size_t kHeadBytes = Salt::kSize + 1;
constexpr std::uint8_t kErredBit = 1;
constexpr std::uint8_t kMoreBit = 2;

tl::unexpected<Error> malformed(std::string_view what) {
  return fail(schemas::error_of(schemas::code::malformed, "which policies decided: " + std::string(what)));
}

std::uint64_t number_at(ByteView octets, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= static_cast<std::uint64_t>(octets[i]) << (8 * i);
  return value;
}

}  // namespace

Bytes encode(const DecidedBy& decided_by, const Salt& nonce) {
  CHECK(!decided_by.empty() && decided_by.policies.size() <= DecidedBy::kPoliciesMax);
  Bytes row;
  row.reserve(kHeadBytes + decided_by.policies.size() * kPolicyBytes);
  append(row, nonce.view());
  row.push_back(static_cast<std::uint8_t>((decided_by.erred ? kErredBit : 0) | (decided_by.more ? kMoreBit : 0)));
  for (const DecidedBy::Policy& one : decided_by.policies) {
    for (std::size_t i = 0; i < kIndexBytes; ++i)
      row.push_back(static_cast<std::uint8_t>(one.statement.value >> (8 * i)));
    put_le(row, one.place);
  }
  return row;
}

Result<DecidedBy> decode_decided_by(ByteView row) {
  if (row.size() <= kHeadBytes || (row.size() - kHeadBytes) % kPolicyBytes != 0)
    return malformed("its octets do not make a list");
  const std::size_t policies = (row.size() - kHeadBytes) / kPolicyBytes;
  if (policies > DecidedBy::kPoliciesMax) return malformed("there are too many");
  const std::uint8_t flags = row[Salt::kSize];
  if ((flags & ~(kErredBit | kMoreBit)) != 0) return malformed("a flag is unknown");
  DecidedBy decided_by;
  decided_by.erred = (flags & kErredBit) != 0;
  decided_by.more = (flags & kMoreBit) != 0;
  for (std::size_t i = 0; i < policies; ++i) {
    const ByteView one = row.subspan(kHeadBytes + i * kPolicyBytes);
    const DecidedBy::Policy policy{LogIndex(number_at(one, kIndexBytes)),
                                   static_cast<std::uint16_t>(number_at(one.subspan(kIndexBytes), 2))};
    if (!decided_by.policies.empty() && policy <= decided_by.policies.back()) return malformed("they are not in order");
    decided_by.policies.push_back(policy);
  }
  return decided_by;
}

Salt salt_of(const crypto::Suite& suite, ByteView row) {
  const Digest digest = crypto::Hasher(suite).add(kLabel).add(row).finish();
  Salt salt;
  static_assert(Salt::kSize <= Digest::kSize);
  std::copy_n(digest.octets.begin(), Salt::kSize, salt.octets.begin());
  return salt;
}

}  // namespace steelyard::exchange
