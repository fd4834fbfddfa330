// ReceiptStore: what a user keeps of each exchange: what it asked, what was granted and answered, and the receipts.
//
// No rows: they went to the application. Records are synced before the outcome is given out; a receipt follows once
// its proof is there. One LMDB folder. Threads: one. Errors: store_failed.
// Format: docs/formats/client-state.md; each receipt as docs/formats/receipt.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/client/kept_exchange.h"
#include "core/store/env.h"

namespace steelyard::client {

class ReceiptStore {
 public:
  static Result<std::unique_ptr<ReceiptStore>> open(const std::string& dir, bool read_only = false);
  ~ReceiptStore();

  Status put(const std::vector<KeptExchange>& exchanges);  // one commit (more only beyond 8 MiB)
  Status add_receipt(const ExchangeId& id, const exchange::Receipt& receipt);
  Status add_receipts(const std::vector<std::pair<ExchangeId, exchange::Receipt>>& receipts);  // one commit
  Status set_received(const std::vector<ExchangeId>& ids, LogIndex entry);
  Result<std::optional<KeptExchange>> get(const ExchangeId& id) const;
  Result<std::vector<ExchangeId>> list(std::size_t newest_max) const;  // newest first
  // The newest that miss a proof of request, answer or refusal, or whose answer's hand-over is not recorded: what a
  // process that was killed left. Looks back until enough in a row miss nothing.
  Result<std::vector<KeptExchange>> unfinished(std::size_t newest_max) const;
  std::uint64_t commits() const;

 private:
  struct State;
  explicit ReceiptStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace steelyard::client
