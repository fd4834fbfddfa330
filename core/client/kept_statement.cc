#include "core/client/kept_statement.h"

#include <algorithm>

#include "schemas/errors.h"

namespace steelyard::client {

Bytes encode(const KeptStatement& kept) {
  Bytes record;
  append(record, kept.promise.salt.view());
  put_le(record, static_cast<std::uint16_t>(kept.promise.body.size()));
  append(record, kept.promise.body);
  put_le(record, static_cast<std::uint32_t>(kept.statement.document.size()));
  append(record, kept.statement.document);
  append(record, kept.statement.signatures);
  return record;
}

Result<KeptStatement> decode_kept_statement(ByteView record) {
  const auto cut = [] { return fail(schemas::error_of(schemas::code::store_failed, "a record that is cut")); };
  KeptStatement kept;
  if (record.size() < Salt::kSize + 2) return cut();
  std::copy_n(record.begin(), Salt::kSize, kept.promise.salt.octets.begin());
  record = record.subspan(Salt::kSize);
  const std::size_t body = get_le<std::uint16_t>(record.data());
  record = record.subspan(2);
  if (record.size() < body + 4) return cut();
  kept.promise.body = to_bytes(record.first(body));
  record = record.subspan(body);
  const std::size_t document = get_le<std::uint32_t>(record.data());
  record = record.subspan(4);
  if (record.size() < document) return cut();
  kept.statement = {to_bytes(record.first(document)), to_bytes(record.subspan(document))};
  return kept;
}

}  // namespace steelyard::client
