#include "cli/query_outcome.h"

#include "cli/report.h"
#include "cli/statement_text.h"
#include "core/client/value_json.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

using client::OutcomeKind;

std::string_view name_of(OutcomeKind kind) {
  switch (kind) {
    case OutcomeKind::kAnswered: return "answered";
    case OutcomeKind::kRefused: return "refused";
    case OutcomeKind::kRejected: return "rejected";
    case OutcomeKind::kTimedOut: return "timed-out";
  }
  return "";
}

}  // namespace

std::string joined(const std::vector<FieldName>& names) {
  std::string text;
  for (const FieldName& name : names) text += (text.empty() ? "" : ", ") + name.text;
  return text;
}

std::string joined(const std::vector<schemas::Mask>& masks) {
  std::string text;
  for (const schemas::Mask& one : masks) text += (text.empty() ? "" : ", ") + one.field.text + " (" + one.mask + ")";
  return text;
}

std::string later(const client::Outcome& outcome) { return "retry after " + std::to_string(outcome.delay_ms) + " ms"; }

Status verdict_on(const client::Outcome& outcome) {
  if (const schemas::Answer* answer = outcome.verified_answer(); answer != nullptr) {
    if (answer->status != schemas::AnswerStatus::kNo) return {};
    return fail(
        schemas::error_of(answer->reason, "said by the owner" + (outcome.delay_ms != 0 ? "; " + later(outcome) : "")));
  }
  std::string detail = joined(outcome.withheld);
  if (outcome.kind == OutcomeKind::kRejected && outcome.delay_ms != 0) detail = later(outcome);
  if (outcome.kind == OutcomeKind::kTimedOut) detail = "exchange " + to_text(outcome.id);
  return fail(schemas::error_of(outcome.code != 0 ? outcome.code : schemas::code::timed_out, detail));
}

Table table_of(const schemas::Rows& rows) {
  Table table;
  for (const schemas::Column& column : rows.columns) table.columns.push_back(column.name.text);
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    auto& row = table.rows.emplace_back();
    for (const schemas::Column& column : rows.columns) row.push_back(client::to_json(column.values[i], column.type));
  }
  return table;
}

json::Value describe(const client::Outcome& outcome, const Status& done, std::optional<bool> proved) {
  const schemas::Answer* answer = outcome.verified_answer();
  json::Value withheld = json::array();
  for (const FieldName& field : outcome.withheld) withheld.push(field.text);
  json::Value masked = json::object();
  for (const schemas::Mask& one : outcome.masks) masked.set(one.field.text, one.mask);
  const json::Value none;
  return json::object({{"outcome", name_of(outcome.kind)},
                       {"status", answer != nullptr ? json::Value(schemas::name_of(answer->status)) : none},
                       {"as_of", answer != nullptr && answer->as_of ? json::Value(to_rfc3339(*answer->as_of)) : none},
                       {"rows", to_json(table_of(outcome.rows))},
                       {"withheld", std::move(withheld)},
                       {"masked", std::move(masked)},
                       {"exchange", to_text(outcome.id)},
                       {"receipt", outcome.is_recorded() ? json::Value(to_text(outcome.id)) : none},
                       {"request_entry", index_value(outcome.request_entry)},
                       {"closing_entry", index_value(outcome.closing_entry)},
                       {"proved", proved ? json::Value(*proved) : none},
                       {"took_ms", outcome.took.us / 1000},
                       {"delay_ms", outcome.delay_ms != 0 ? json::Value(outcome.delay_ms) : none},
                       {"error", done ? none : error_value(done.error())}});
}

}  // namespace steelyard::cli
