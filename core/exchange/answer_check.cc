#include "core/exchange/answer_check.h"

#include <algorithm>

#include "core/base/invariant.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

auto unexpected(std::string_view what) { return fail(schemas::error_of(schemas::code::unexpected_answer, what)); }
auto outside(std::string_view what) { return fail(schemas::error_of(schemas::code::answer_outside_grant, what)); }

bool within(const std::vector<FieldName>& fields, const std::vector<FieldName>& granted) {
  return std::all_of(fields.begin(), fields.end(), [&](const FieldName& field) {
    return std::find(granted.begin(), granted.end(), field) != granted.end();
  });
}

}  // namespace

Status check_answer(const schemas::Answer& answer, const MemberId& session_member, const Granted& granted) {
  if (!INVARIANT_HOLDS(bind_answer_to_request,
                       session_member == granted.owner && answer.head.author == granted.owner &&
                           answer.request == granted.request && answer.head.id == granted.id))
    return unexpected("it is not bound to the request, or not from the member that was asked");
  if (answer.head.recipient != granted.user) return unexpected("it is addressed to another");
  if (answer.head.expires != granted.expires) return unexpected("`expires` is not the request's");
  if (answer.request_entry != granted.entry) return unexpected("it names another entry for its request");
  if (!granted.reply_key.is_zero() && answer.seal_key != granted.reply_key)
    return unexpected("it is sealed to another key");
  if (!INVARIANT_HOLDS(fields_within_grant, within(answer.fields, granted.fields)))
    return outside("a field beyond the grant");
  if (answer.rows > granted.rows_max) return outside("more rows than granted");
  if (answer.status == schemas::AnswerStatus::kNo && answer.rows != 0) return outside("a no with rows");
  return {};
}

Status check_content(const schemas::AnswerPayload& payload, const schemas::Answer& answer, const Granted& granted) {
  if (payload.rows.count != answer.rows) return outside("the payload has another number of rows than the envelope");
  if (answer.status == schemas::AnswerStatus::kNo && payload.rows.columns.empty()) return {};
  std::vector<FieldName> columns;
  columns.reserve(payload.rows.columns.size());
  for (const schemas::Column& column : payload.rows.columns) {
    if (column.values.size() != payload.rows.count) return outside("a column has another number of values");
    columns.push_back(column.name);
  }
  if (!INVARIANT_HOLDS(fields_within_grant, within(columns, granted.fields)))
    return outside("the payload holds a field beyond the grant");
  if (columns != answer.fields) return outside("the payload has other fields than the envelope");
  return {};
}

}  // namespace steelyard::exchange
