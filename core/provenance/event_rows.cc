// Rows of spool, streams and subscriptions. Format: docs/formats/events.md.
#include "core/base/limits.h"
#include "core/provenance/row_octets.h"
#include "core/provenance/rows.h"
#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::provenance {
namespace {

constexpr std::size_t kStreamRowBytes = 8 + 6;
constexpr std::size_t kSubscriptionRowBytes = 3 * 6 + ExchangeId::kSize;

tl::unexpected<Error> bad(std::string_view table, ByteView key, std::string_view what) {
  return fail(ErrorKind::kStop,
              "table `" + std::string(table) + "`, row " + to_hex(key) + ": " + std::string(what) +
                  "; run steelyard log verify",
              schemas::code::store_failed);
}

Status read_spool(const store::Txn& txn, const Tables& tables, Recovered& recovered) {
  TRY_ASSIGN(store::Cursor rows, txn.cursor(tables.spool));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    if (rows.key().size() != 8 + 2) return fail(bad_row("spool", 0, "a key has another length"));
    const LogIndex index(get_be<std::uint64_t>(rows.key().data()));
    TRY_ASSIGN(const auto whole, read_chunks(txn, tables.spool, index.value));
    if (!whole) return fail(bad_row("spool", index.value, "it cannot be read"));
    TRY_ASSIGN(auto event, spool_from_row(index, *whole));
    recovered.spool.push_back(std::move(event));
    TRY_ASSIGN(row, rows.seek(store::key_of(index.value + 1)));
  }
  return {};
}

}  // namespace

Bytes spool_row(const SpoolRow& row) {
  Bytes whole;
  const std::size_t payload = row.payload == nullptr ? 0 : row.payload->size();
  whole.reserve(4 + row.envelope->size() + payload);
  put_le(whole, static_cast<std::uint32_t>(row.envelope->size()));
  append(whole, *row.envelope);
  if (payload > 0) append(whole, *row.payload);
  return whole;
}

Result<SpoolRow> spool_from_row(LogIndex index, ByteView whole) {
  if (whole.size() < 4) return fail(bad_row("spool", index.value, "it has no length"));
  const std::size_t envelope = get_le<std::uint32_t>(whole.data());
  if (whole.size() - 4 < envelope) return fail(bad_row("spool", index.value, "its envelope is cut short"));
  return SpoolRow{index, std::make_shared<const Bytes>(to_bytes(whole.subspan(4, envelope))),
                  std::make_shared<const Bytes>(to_bytes(whole.subspan(4 + envelope)))};
}

Bytes stream_row(const StreamRow& row) {
  Bytes value;
  put_le(value, row.sequence);
  put_u48(value, row.index.value);
  return value;
}

Result<StreamRow> stream_from_row(ByteView key, ByteView value) {
  if (value.size() != kStreamRowBytes) return bad("streams", key, "it has another length");
  StreamRow row;
  row.dataset = DatasetId(std::string(as_text(key)));
  if (!check_dataset_id(row.dataset.text)) return bad("streams", key, "it names no dataset");
  RowReader in(value);
  row.sequence = get_le<std::uint64_t>(in.take(8).data());
  row.index = LogIndex(get_u48(in.take(6).data()));
  return row;
}

Bytes subscription_row(const SubscriptionRow& row) {
  Bytes value;
  for (const LogIndex index : {row.request, row.answer, row.position}) put_u48(value, index.value);
  append(value, row.view.view());
  return value;
}

Result<SubscriptionRow> subscription_from_row(ByteView key, ByteView value) {
  if (key.size() != ExchangeId::kSize || value.size() != kSubscriptionRowBytes)
    return bad("subscriptions", key, "it has another length");
  SubscriptionRow row;
  row.id = RowReader(key).fixed<ExchangeId>();
  RowReader in(value);
  for (LogIndex* index : {&row.request, &row.answer, &row.position}) *index = LogIndex(get_u48(in.take(6).data()));
  row.view = in.fixed<ExchangeId>();
  return row;
}

Status read_event_rows(const store::Txn& txn, const Tables& tables, Recovered& recovered) {
  if (!tables.events) return {};
  TRY(read_spool(txn, tables, recovered));
  {
    TRY_ASSIGN(store::Cursor rows, txn.cursor(tables.streams));
    TRY_ASSIGN(bool row, rows.first());
    while (row) {
      TRY_ASSIGN(auto stream, stream_from_row(rows.key(), rows.value()));
      recovered.streams.push_back(std::move(stream));
      TRY_ASSIGN(row, rows.next());
    }
  }
  TRY_ASSIGN(store::Cursor rows, txn.cursor(tables.subscriptions));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    TRY_ASSIGN(auto subscription, subscription_from_row(rows.key(), rows.value()));
    recovered.subscriptions.push_back(std::move(subscription));
    TRY_ASSIGN(row, rows.next());
  }
  return {};
}

}  // namespace steelyard::provenance
