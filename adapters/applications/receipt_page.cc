#include "adapters/applications/receipt_page.h"

#include "adapters/applications/names.h"
#include "core/exchange/entry.h"
#include "core/json/json.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

// Of a refusal; null of an answer.
json::Value reason_of(const client::KeptExchange& kept) {
  if (!kept.answer.empty()) return {};
  const auto refusal = schemas::decode<schemas::Refusal>(kept.granted);
  if (!refusal) return {};
  const auto entry = exchange::decode_entry(refusal->body);
  return entry ? json::Value(schemas::slug_of(entry->verdict)) : json::Value();
}

}  // namespace

std::optional<std::string> receipt_page(const client::KeptExchange& kept, const ApplicationId& application) {
  const auto request = schemas::decode<schemas::Request>(kept.request);
  if (!request || request->application != application) return {};
  json::Value proofs = json::array();
  for (const exchange::Receipt& receipt : kept.receipts)
    proofs.push(json::object({{"entry", receipt.index.value}, {"text", exchange::format_receipt(receipt)}}));
  return json::dump(
      json::object({{"receipt", to_text(kept.id)},
                    {"application", request->application},
                    {"dataset", request->dataset},
                    {"purpose", request->purpose},
                    {"agreement", request->agreement.empty() ? json::Value() : json::Value(request->agreement)},
                    {"fields", names_of(request->fields)},
                    {"outcome", kept.answer.empty() ? "refused" : "answered"},
                    {"code", reason_of(kept)},
                    {"handed_over", kept.acknowledged},
                    {"proofs", std::move(proofs)}}));
}

}  // namespace steelyard::adapters
