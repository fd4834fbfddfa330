#include "core/provenance/rows.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/provenance/row_octets.h"
#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::provenance {
namespace {

constexpr std::size_t kEntryRowHead = 32 + 6 + 2 + 16;
constexpr std::size_t kOnceRowBytes = 32 + 1 + 6 + 6 + 32 + 8;
constexpr std::size_t kBundleMessagesMax = limits::kFrameMessagesMax;

}  // namespace

Error store_error(Error why) { return {ErrorKind::kStop, schemas::code::store_failed, std::move(why.what)}; }

Error bad_row(std::string_view table, std::uint64_t row, std::string_view what) {
  return {ErrorKind::kStop, schemas::code::store_failed,
          "table `" + std::string(table) + "`, record " + std::to_string(row) + ": " + std::string(what) +
              "; run steelyard log verify"};
}

Result<Tables> open_tables(store::Env& env) {
  Tables tables;
  const std::pair<const char*, store::Table*> named[] = {
      {"entries", &tables.entries},    {"bundles", &tables.bundles}, {"statements", &tables.statements},
      {"hashes", &tables.hashes},      {"once", &tables.once},       {"registry", &tables.registry},
      {"handovers", &tables.handovers}};
  for (const auto& [name, table] : named) {
    TRY_ASSIGN(*table, env.open_table(name));
  }
  struct Later {
    const char* name;
    store::Table* table;
    bool* there;
  };
  for (const Later& later :
       {Later{"spool", &tables.spool, &tables.events}, Later{"streams", &tables.streams, &tables.events},
        Later{"subscriptions", &tables.subscriptions, &tables.events},
        Later{"decided", &tables.decided, &tables.decisions}}) {
    auto opened = env.open_table(later.name);
    if (!opened && !env.read_only()) return fail(std::move(opened).error());
    if (opened)
      *later.table = *opened;
    else
      *later.there = false;
  }
  return tables;
}

Bytes entry_row(const EntryRecord& entry) {
  Bytes row;
  row.reserve(kEntryRowHead + exchange::kEntryBodyBytes);
  append(row, entry.commitment.view());
  put_u48(row, entry.bundle.value);
  put_le<std::uint16_t>(row, entry.position);
  append(row, entry.salt.view());
  append(row, exchange::encode(entry.body));
  return row;
}

Result<StoredEntry> entry_from_row(LogIndex index, ByteView value) {
  if (value.size() < kEntryRowHead || value.size() > kEntryRowHead + limits::kEntryBodyBytesMax)
    return fail(bad_row("entries", index.value, "it has " + std::to_string(value.size()) + " octets"));
  RowReader in(value);
  StoredEntry entry;
  entry.index = index;
  entry.commitment = in.fixed<Commitment>();
  entry.bundle = BundleNumber(get_u48(in.take(6).data()));
  entry.position = get_le<std::uint16_t>(in.take(2).data());
  entry.salt = in.fixed<Salt>();
  entry.body = to_bytes(value.subspan(kEntryRowHead));
  return entry;
}

Bytes bundle_row(const BundleRecord& bundle) {
  Bytes row;
  row.reserve(2 + 8 + KeyId::kSize + bundle.signature.size() + 1 + bundle.author.text.size() + (bundle.size + 7u) / 8 +
              bundle.others.size() * Digest::kSize);
  put_le<std::uint16_t>(row, bundle.size);
  put_le<std::uint64_t>(row, bundle.first.value);
  append(row, bundle.key.view());
  append(row, bundle.signature);
  row.push_back(static_cast<std::uint8_t>(bundle.author.text.size()));
  append(row, as_bytes(bundle.author.text));
  const std::size_t bitmap = row.size();
  row.resize(bitmap + (bundle.size + 7u) / 8);
  for (const std::uint16_t position : bundle.positions) {
    CHECK(position < bundle.size);
    row[bitmap + position / 8] = static_cast<std::uint8_t>(row[bitmap + position / 8] | 1u << (position % 8));
  }
  CHECK(bundle.positions.size() + bundle.others.size() == bundle.size);
  for (const auto& digest : bundle.others) append(row, digest.view());
  return row;
}

Result<BundleRecord> bundle_from_row(BundleNumber number, ByteView whole) {
  RowReader in(whole);
  const auto short_row = [&] { return fail(bad_row("bundles", number.value, "its octets do not make a record")); };
  if (!in.has(2 + 8 + 8 + 64 + 1)) return short_row();
  BundleRecord bundle;
  bundle.number = number;
  bundle.size = get_le<std::uint16_t>(in.take(2).data());
  bundle.first = LogIndex(get_le<std::uint64_t>(in.take(8).data()));
  bundle.key = in.fixed<KeyId>();
  const ByteView signature = in.take(bundle.signature.size());
  std::copy(signature.begin(), signature.end(), bundle.signature.begin());
  const std::size_t name = in.take(1)[0];
  const std::size_t bitmap = (bundle.size + 7u) / 8;
  if (bundle.size == 0 || bundle.size > kBundleMessagesMax || !in.has(name + bitmap)) return short_row();
  bundle.author = MemberId(std::string(as_text(in.take(name))));
  const ByteView bits = in.take(bitmap);
  for (std::uint16_t i = 0; i < bitmap * 8; ++i) {
    if ((bits[i / 8] >> (i % 8) & 1) == 0) continue;
    if (i >= bundle.size) return short_row();
    bundle.positions.push_back(i);
  }
  for (std::size_t n = bundle.size - bundle.positions.size(); n > 0; --n) {
    if (!in.has(Digest::kSize)) return short_row();
    bundle.others.push_back(in.fixed<Digest>());
  }
  if (!in.at_end()) return short_row();
  return bundle;
}

Bytes statement_row(const exchange::StatementBytes& statement) {
  Bytes row;
  put_le<std::uint32_t>(row, static_cast<std::uint32_t>(statement.document.size()));
  append(row, statement.document);
  append(row, statement.signatures);
  return row;
}

Result<exchange::StatementBytes> statement_from_row(LogIndex index, ByteView whole) {
  if (whole.size() < 4) return fail(bad_row("statements", index.value, "it has no length"));
  const std::size_t document = get_le<std::uint32_t>(whole.data());
  if (whole.size() - 4 < document) return fail(bad_row("statements", index.value, "its document is cut short"));
  return exchange::StatementBytes{to_bytes(whole.subspan(4, document)), to_bytes(whole.subspan(4 + document))};
}

Bytes handover_row(const std::vector<Digest>& answers) {
  Bytes row;
  row.reserve(answers.size() * Digest::kSize);
  for (const auto& digest : answers) append(row, digest.view());
  return row;
}

Result<std::vector<Digest>> handover_from_row(LogIndex index, ByteView whole) {
  if (whole.size() % Digest::kSize != 0)
    return fail(bad_row("handovers", index.value, "it holds no whole number of digests"));
  std::vector<Digest> answers;
  RowReader in(whole);
  while (!in.at_end()) answers.push_back(in.fixed<Digest>());
  return answers;
}

Bytes once_key(const MemberId& member, const ExchangeId& id) {
  return store::key_of(id.view(), as_bytes(member.text));  // the id first: it begins with its time
}

Bytes once_row(const OnceRow& row) {
  Bytes value;
  value.reserve(kOnceRowBytes);
  append(value, row.digest.view());
  value.push_back(static_cast<std::uint8_t>(row.state));
  put_u48(value, row.entry.value);
  put_u48(value, row.closing.value);
  append(value, row.answer.view());
  put_le<std::uint64_t>(value, static_cast<std::uint64_t>(row.expires.us));
  return value;
}

Result<OnceRow> once_from_row(ByteView key, ByteView value) {
  const auto bad = [&](std::string_view what) {
    return fail(ErrorKind::kStop,
                "table `once`, row " + to_hex(key) + ": " + std::string(what) + "; run steelyard log verify",
                schemas::code::store_failed);
  };
  if (key.size() <= ExchangeId::kSize || value.size() != kOnceRowBytes) return bad("it has another length");
  OnceRow row;
  row.id = RowReader(key).fixed<ExchangeId>();
  row.member = MemberId(std::string(as_text(key.subspan(ExchangeId::kSize))));
  RowReader in(value);
  row.digest = in.fixed<Digest>();
  const std::uint8_t state = in.take(1)[0];
  if (state < 1 || state > 3) return bad("its state is unknown");
  row.state = static_cast<OnceState>(state);
  row.entry = LogIndex(get_u48(in.take(6).data()));
  row.closing = LogIndex(get_u48(in.take(6).data()));
  row.answer = in.fixed<Digest>();
  row.expires = {static_cast<std::int64_t>(get_le<std::uint64_t>(in.take(8).data()))};
  return row;
}

Status append_chunks(store::WriteTxn& txn, store::Table table, std::uint64_t number, ByteView whole) {
  std::uint16_t chunk = 0;
  std::size_t at = 0;
  do {
    const std::size_t n = std::min(whole.size() - at, limits::kStoreValueBytesMax);
    TRY(txn.append(table, store::key_of(number, chunk++), whole.subspan(at, n)));
    at += n;
  } while (at < whole.size());
  return {};
}

Status erase_chunks(store::WriteTxn& txn, store::Table table, std::uint64_t number) {
  for (std::uint16_t chunk = 0;; ++chunk) {
    TRY_ASSIGN(const bool there, txn.erase(table, store::key_of(number, chunk)));
    if (!there) return {};
  }
}

Result<std::optional<Bytes>> read_chunks(const store::Txn& txn, store::Table table, std::uint64_t number) {
  TRY_ASSIGN(store::Cursor rows, txn.cursor(table, store::Bounds::prefix(store::key_of(number))));
  Bytes whole;
  std::uint16_t chunk = 0;
  TRY_ASSIGN(bool row, rows.first());
  if (!row) return std::nullopt;
  while (row) {
    if (!equal(rows.key(), store::key_of(number, chunk)) ||
        (chunk > 0 && whole.size() != chunk * limits::kStoreValueBytesMax))
      return fail(ErrorKind::kStop, "record " + std::to_string(number) + " lacks a chunk; run steelyard log verify",
                  schemas::code::store_failed);
    append(whole, rows.value());
    ++chunk;
    TRY_ASSIGN(row, rows.next());
  }
  return whole;
}

Result<std::optional<std::uint64_t>> last_number(const store::Txn& txn, store::Table table) {
  TRY_ASSIGN(store::Cursor rows, txn.cursor(table));
  TRY_ASSIGN(const bool row, rows.last());
  if (!row) return std::nullopt;
  if (rows.key().size() < 8)
    return fail(ErrorKind::kStop, "a row's key has no number; run steelyard log verify", schemas::code::store_failed);
  return get_be<std::uint64_t>(rows.key().data());
}

}  // namespace steelyard::provenance
