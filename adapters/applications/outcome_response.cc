#include "adapters/applications/outcome_response.h"

#include <utility>

#include "adapters/applications/names.h"
#include "adapters/typed_value.h"
#include "core/client/value_json.h"
#include "core/json/json.h"

namespace steelyard::adapters {
namespace {

void write_rows(const schemas::Rows& rows, std::string& to) {
  std::vector<std::string> names;
  for (const schemas::Column& column : rows.columns) names.push_back(json::dump(json::Value(column.name)) + ":");
  to += "[";
  for (std::uint32_t i = 0; i < rows.count; ++i) {
    to += i == 0 ? "{" : ",{";
    for (std::size_t k = 0; k < rows.columns.size(); ++k) {
      const schemas::Column& column = rows.columns[k];
      if (k != 0) to += ",";
      to += names[k];
      to += json::dump(client::to_json(column.values[i], column.type));
    }
    to += "}";
  }
  to += "]";
}

json::Value index_value(LogIndex index) { return index == kNoIndex ? json::Value() : json::Value(index.value); }

http::Response rows_of(const client::Outcome& outcome) {
  json::Value masks = json::object();
  for (const schemas::Mask& mask : outcome.masks) masks.set(mask.field.text, mask.mask);
  const schemas::Answer& answer = *outcome.answer;
  const json::Value about =
      json::object({{"exchange", to_text(outcome.id)},
                    {"receipt", to_text(outcome.id)},
                    {"status", schemas::name_of(answer.status)},
                    {"as_of", answer.as_of ? json::Value(to_rfc3339(*answer.as_of)) : json::Value()},
                    {"fields", names_of(answer.fields)},
                    {"withheld", names_of(outcome.withheld)},
                    {"masks", std::move(masks)},
                    {"request_entry", index_value(outcome.request_entry)},
                    {"closing_entry", index_value(outcome.closing_entry)},
                    {"took_ms", outcome.took.us / 1000}});
  // As text from the start: ten thousand rows as json::Value would take twenty times their room.
  http::Response response{200, "application/json", json::dump(about), {}};
  response.body.back() = ',';
  response.body += "\"rows\":";
  write_rows(outcome.rows, response.body);
  response.body += "}";
  return response;
}

http::Response truths_of(const client::Outcome& outcome) {
  json::Value truths = json::array();
  for (const exchange::Truth truth : outcome.truths) truths.push(exchange::name_of(truth));
  return {200,
          "application/json",
          json::dump(json::object({{"exchange", to_text(outcome.id)},
                                   {"receipt", to_text(outcome.id)},
                                   {"status", schemas::name_of(outcome.answer->status)},
                                   {"truths", std::move(truths)},
                                   {"request_entry", index_value(outcome.request_entry)},
                                   {"closing_entry", index_value(outcome.closing_entry)},
                                   {"took_ms", outcome.took.us / 1000}})),
          {}};
}

}  // namespace

http::Response response_of(const client::Outcome& outcome, Language language) {
  const schemas::Answer* answer = outcome.verified_answer();
  if (answer != nullptr && answer->status != schemas::AnswerStatus::kNo)
    return outcome.truths.empty() ? rows_of(outcome) : truths_of(outcome);
  ProblemParts parts{.detail = answer != nullptr ? "said by the owner" : "", .exchange = outcome.id};
  parts.recorded = outcome.is_recorded();
  if (answer == nullptr) parts.fields = outcome.withheld;
  parts.delay_ms = outcome.delay_ms;
  return problem(outcome.code != 0 ? outcome.code : ErrorCode{schemas::code::timed_out}, language, parts);
}

std::size_t size_of(const client::Outcome& outcome) {
  std::size_t size = 1024;
  for (const schemas::Column& column : outcome.rows.columns)
    for (const schemas::Value& value : column.values) size += sizeof(value) + encoded_size(value);
  return size;
}

}  // namespace steelyard::adapters
