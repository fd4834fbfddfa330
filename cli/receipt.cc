// steelyard receipt: lists, shows and exports kept receipts; receipt_verify.cc verifies exported ones.
#include "cli/folder.h"
#include "cli/statement_text.h"
#include "cli/value_text.h"
#include "cli/verbs.h"
#include "core/client/receipt_store.h"
#include "core/store/durable_file.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

Result<std::unique_ptr<client::ReceiptStore>> open_receipts(const std::string& home) {
  TRY_ASSIGN(const client::Identity identity, read_home(home));
  const std::string dir = join(identity.state_dir, "receipts");
  TRY_ASSIGN(const bool there, store::exists(dir));
  if (!there) return usage("this folder keeps no receipts yet: `steelyard query` makes the first");
  return client::ReceiptStore::open(dir, true);
}

Result<client::KeptExchange> kept(const std::string& home, const std::string& text) {
  const auto id = exchange_id_from_text(text);
  if (!id) return usage("`" + text + "` is no receipt's id: `steelyard receipt list` shows them");
  TRY_ASSIGN(const auto store, open_receipts(home));
  TRY_ASSIGN(auto found, store->get(*id));
  if (!found) return usage("this folder keeps no receipt " + text);
  return std::move(*found);
}

Status list(Terminal& terminal, const std::string& home, std::int64_t newest) {
  if (newest < 1) return usage("--newest: 1 or more");
  TRY_ASSIGN(const auto store, open_receipts(home));
  TRY_ASSIGN(const auto ids, store->list(static_cast<std::size_t>(newest)));
  Table table{{"receipt", "dataset", "purpose", "outcome", "proofs", "handed_over"}, {}};
  for (const ExchangeId& id : ids) {
    TRY_ASSIGN(const auto exchange, store->get(id));
    if (!exchange) continue;
    TRY_ASSIGN(const schemas::Request request, schemas::decode<schemas::Request>(exchange->request));
    table.rows.push_back({to_text(id), request.dataset.text, request.purpose.text,
                          exchange->answer.empty() ? "refused" : "answered", exchange->receipts.size(),
                          exchange->received_entry ? index_value(*exchange->received_entry) : json::Value()});
  }
  print(terminal, table);
  return {};
}

Status show(Terminal& terminal, const std::string& home, const std::string& id) {
  TRY_ASSIGN(const client::KeptExchange exchange, kept(home, id));
  TRY_ASSIGN(const schemas::Request request, schemas::decode<schemas::Request>(exchange.request));
  json::Value fields = json::array(), entries = json::array();
  for (const FieldName& field : request.fields) fields.push(field.text);
  for (const exchange::Receipt& receipt : exchange.receipts) {
    TRY_ASSIGN(const exchange::EntryBody body, exchange::decode_entry(receipt.body));
    json::Value value = describe(body, nullptr);
    value.set("entry", index_value(receipt.index));
    entries.push(std::move(value));
  }
  print(terminal, json::object({{"receipt", id},
                                {"dataset", request.dataset.text},
                                {"application", request.application},
                                {"purpose", request.purpose},
                                {"fields", std::move(fields)},
                                {"request_digest", to_hex(exchange.request_digest.view())},
                                {"answered", !exchange.answer.empty()},
                                {"handed_over", exchange.acknowledged},
                                {"entries", std::move(entries)}}));
  return {};
}

// One file for each proved entry, in the order of the log.
Status export_all(Terminal& terminal, const std::string& home, const std::string& id, const std::string& out) {
  TRY_ASSIGN(const client::KeptExchange exchange, kept(home, id));
  if (exchange.receipts.empty())
    return tl::unexpected<Error>(
        schemas::error_of(schemas::code::timed_out, "no entry of this exchange is proved yet"));
  const auto path_of = [&out](std::size_t i) { return i == 0 ? out : out + "." + std::to_string(i); };
  Creation creation;
  for (std::size_t i = 0; i < exchange.receipts.size(); ++i)
    TRY(creation.file(path_of(i), exchange::format_receipt(exchange.receipts[i])));
  creation.keep();
  Table written{{"file", "entry"}, {}};
  for (std::size_t i = 0; i < exchange.receipts.size(); ++i)
    written.rows.push_back({path_of(i), index_value(exchange.receipts[i].index)});
  print(terminal, written);
  return {};
}

}  // namespace

void register_receipt(Command& root) {
  struct Options {
    std::string home, id, out;
    std::int64_t newest = 20;
  };
  Command noun = root.verb("receipt", "lists, shows, exports and verifies receipts");
  auto listing = std::make_shared<Options>();
  Command list_verb = noun.verb("list", "lists the newest receipts of this folder");
  list_verb.home(listing->home).option("--newest", listing->newest, "how many");
  list_verb.runs([listing](Terminal& terminal) { return list(terminal, listing->home, listing->newest); });

  auto showing = std::make_shared<Options>();
  Command show_verb =
      noun.verb("show", "shows what was asked, granted and proved", "  steelyard receipt show ID --home tax-office\n");
  show_verb.home(showing->home).required("id", showing->id, "the receipt's id");
  show_verb.runs([showing](Terminal& terminal) { return show(terminal, showing->home, showing->id); });

  auto exporting = std::make_shared<Options>();
  Command export_verb = noun.verb("export", "writes the proved entries as files that anyone can verify",
                                  "  steelyard receipt export ID --out case.receipt --home tax-office\n");
  export_verb.home(exporting->home).required("id", exporting->id, "the receipt's id");
  export_verb.required("--out", exporting->out, "file for the first entry; further ones get .1, .2");
  export_verb.runs(
      [exporting](Terminal& terminal) { return export_all(terminal, exporting->home, exporting->id, exporting->out); });

  register_receipt_verify(noun);
  register_receipt_renew(noun);
}

}  // namespace steelyard::cli
