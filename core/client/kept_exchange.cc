#include "core/client/kept_exchange.h"

#include <algorithm>

#include "schemas/errors.h"

namespace steelyard::client {

// Parts of a record, each behind its length; then the digests.
Bytes encode(const KeptExchange& kept) {
  Bytes record;
  for (const Bytes* part : {&kept.request, &kept.granted, &kept.answer, &kept.recorded}) {
    put_le(record, static_cast<std::uint32_t>(part->size()));
    append(record, *part);
  }
  append(record, kept.request_digest.view());
  append(record, kept.answer_digest.view());
  return record;
}

Status decode_kept_exchange(ByteView record, KeptExchange& kept) {
  const auto cut = [] { return fail(schemas::error_of(schemas::code::store_failed, "a record that is cut")); };
  for (Bytes* part : {&kept.request, &kept.granted, &kept.answer, &kept.recorded}) {
    if (record.size() < 4) return cut();
    const std::size_t size = get_le<std::uint32_t>(record.data());
    record = record.subspan(4);
    if (record.size() < size) return cut();
    *part = to_bytes(record.first(size));
    record = record.subspan(size);
  }
  if (record.size() != 2 * Digest::kSize) return cut();
  std::copy_n(record.begin(), Digest::kSize, kept.request_digest.octets.begin());
  std::copy_n(record.begin() + Digest::kSize, Digest::kSize, kept.answer_digest.octets.begin());
  return {};
}

}  // namespace steelyard::client
