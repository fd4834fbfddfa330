// Octets that stand in stores: rows of the log's tables, entries, ledger records and heads, what a member keeps. What
// is read is written back as it was.
#include <algorithm>

#include "adapters/ledger_record.h"
#include "core/client/kept_exchange.h"
#include "core/client/kept_statement.h"
#include "core/exchange/decided_by.h"
#include "core/exchange/entry.h"
#include "core/exchange/event_key.h"
#include "core/provenance/rows.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;

namespace {

void entry(Input input) {
  const auto body = exchange::decode_entry(input.rest());
  if (body) CHECK(equal(exchange::encode(*body), input.rest()));
}

void entry_row(Input input) {
  const auto stored = provenance::entry_from_row(LogIndex(7), input.rest());
  if (!stored) return;
  const auto body = exchange::decode_entry(stored->body);
  if (!body) return;
  const provenance::EntryRecord record{stored->index,      *body,          stored->salt,
                                       stored->commitment, stored->bundle, stored->position};
  CHECK(equal(provenance::entry_row(record), input.rest()));
}

void bundle_row(Input input) {
  const auto bundle = provenance::bundle_from_row(provenance::BundleNumber(7), input.rest());
  if (bundle) CHECK(equal(provenance::bundle_row(*bundle), input.rest()));
}

void once_row(Input input) {
  const ByteView key = input.take(ExchangeId::kSize + 1 + input.below(64));
  const auto row = provenance::once_from_row(key, input.rest());
  if (!row) return;
  CHECK(equal(provenance::once_key(row->member, row->id), key));
  CHECK(equal(provenance::once_row(*row), input.rest()));
}

void statement_row(Input input) {
  const auto statement = provenance::statement_from_row(LogIndex(7), input.rest());
  if (statement) CHECK(equal(provenance::statement_row(*statement), input.rest()));
}

void handover_row(Input input) {
  const auto answers = provenance::handover_from_row(LogIndex(7), input.rest());
  if (answers) CHECK(equal(provenance::handover_row(*answers), input.rest()));
}

void ledger_record(Input input) {
  const auto record = adapters::decode_ledger_record(input.rest());
  if (record) CHECK(equal(adapters::encode(*record), input.rest()));
}

void ledger_head(Input input) {
  const auto head = adapters::decode_ledger_head(input.rest());
  if (head) CHECK(equal(adapters::encode(*head), input.rest()));
}

void kept_statement(Input input) {
  const auto kept = client::decode_kept_statement(input.rest());
  if (kept) CHECK(equal(client::encode(*kept), input.rest()));
}

void kept_exchange(Input input) {
  client::KeptExchange kept;
  if (client::decode_kept_exchange(input.rest(), kept)) CHECK(equal(client::encode(kept), input.rest()));
}

void spool_row(Input input) {
  const auto event = provenance::spool_from_row(LogIndex(7), input.rest());
  if (event) CHECK(equal(provenance::spool_row(*event), input.rest()));
}

void stream_row(Input input) {
  const ByteView key = input.take(3 + input.below(127));
  const auto row = provenance::stream_from_row(key, input.rest());
  if (!row) return;
  CHECK(equal(as_bytes(row->dataset.text), key));
  CHECK(equal(provenance::stream_row(*row), input.rest()));
}

void subscription_row(Input input) {
  const ByteView key = input.take(ExchangeId::kSize);
  const auto row = provenance::subscription_from_row(key, input.rest());
  if (!row) return;
  CHECK(equal(row->id.view(), key));
  CHECK(equal(provenance::subscription_row(*row), input.rest()));
}

// Not of a store, but octets of fixed places like these.
void wraps(Input input) {
  const auto read = exchange::decode_wraps(crypto::suite(crypto::SuiteId::kStandard), input.rest());
  if (read) CHECK(equal(exchange::encode_wraps(*read), input.rest()));
}

void decided_by(Input input) {
  const auto read = exchange::decode_decided_by(input.rest());
  if (!read) return;
  Salt nonce;
  std::copy_n(input.rest().begin(), Salt::kSize, nonce.octets.begin());
  CHECK(equal(exchange::encode(*read, nonce), input.rest()));
}

constexpr void (*kReaders[])(Input) = {entry,        entry_row,     bundle_row,       once_row,       statement_row,
                                       handover_row, ledger_record, ledger_head,      kept_statement, kept_exchange,
                                       spool_row,    stream_row,    subscription_row, wraps,          decided_by};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
