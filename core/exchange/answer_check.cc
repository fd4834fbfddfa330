#include "core/exchange/answer_check.h"

#include <algorithm>
#include <string>
#include <unordered_set>

#include "core/base/invariant.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::Answer;
using schemas::AnswerStatus;

tl::unexpected<Error> unexpected(std::string_view what) {
  return fail(schemas::error_of(schemas::code::unexpected_answer, what));
}
tl::unexpected<Error> outside(std::string_view what) {
  return fail(schemas::error_of(schemas::code::answer_outside_grant, what));
}

// What does not belong to the request; empty if all does.
std::string_view unbound(const Answer& answer, const MemberId& session_member, const Granted& granted) {
  if (session_member != granted.owner) return "it comes from another member than the one asked";
  if (answer.head.author != granted.owner) return "its author was not asked";
  if (answer.head.recipient != granted.user) return "its recipient did not ask";
  if (answer.head.id != granted.id) return "it bears another id";
  if (answer.head.expires != granted.expires) return "it expires at another time than its request";
  if (answer.request != granted.request) return "it answers other bytes";
  if (answer.request_entry != granted.entry) return "it names another entry";
  if (!granted.reply_key.is_zero() && answer.seal_key != granted.reply_key) return "it is sealed to another key";
  return {};
}

const FieldName& name_of(const FieldName& field) { return field; }
const FieldName& name_of(const schemas::Column& column) { return column.name; }

// The first field that was not granted, or stands twice; nullptr if there is none. Fields stand alone or over a column.
template <class Named>
const FieldName* excess(const std::vector<Named>& fields, const std::vector<FieldName>& granted) {
  constexpr std::size_t kFew = 16;  // comparing them all costs less than a table
  if (fields.size() <= kFew && granted.size() <= kFew) {
    for (auto field = fields.begin(); field != fields.end(); ++field) {
      const FieldName& name = name_of(*field);
      if (std::find(granted.begin(), granted.end(), name) == granted.end() ||
          std::any_of(fields.begin(), field, [&name](const Named& other) { return name_of(other) == name; }))
        return &name;
    }
    return nullptr;
  }
  std::unordered_set<std::string_view> left;
  left.reserve(granted.size());
  for (const FieldName& field : granted) left.insert(field.text);
  for (const Named& field : fields)
    if (left.erase(name_of(field).text) == 0) return &name_of(field);
  return nullptr;
}

// Of fields and rows alike: what was granted is the most that may come.
template <class Named>
std::string beyond_grant(const std::vector<Named>& fields, std::uint64_t rows, const Granted& granted) {
  if (const FieldName* field = excess(fields, granted.fields)) return "field `" + field->text + "`";
  if (rows > granted.rows_max)
    return std::to_string(rows) + " rows where " + std::to_string(granted.rows_max) + " are granted";
  return {};
}

}  // namespace

Status check_answer(const Answer& answer, const MemberId& session_member, const Granted& granted) {
  const std::string_view foreign = unbound(answer, session_member, granted);
  if (!INVARIANT_HOLDS(bind_answer_to_request, foreign.empty())) return unexpected(foreign);
  const std::string beyond = beyond_grant(answer.fields, answer.rows, granted);
  if (!INVARIANT_HOLDS(fields_within_grant, beyond.empty())) return outside(beyond);
  const bool no = answer.status == AnswerStatus::kNo;
  if (no && answer.rows != 0) return outside("rows beside a no");
  if (no != (answer.reason != 0)) return outside(no ? "a no without a reason" : "a reason beside rows");
  return {};
}

Status check_content(const schemas::AnswerPayload& payload, const Answer& answer, const Granted& granted) {
  const schemas::Rows& rows = payload.rows;
  const std::string beyond = beyond_grant(rows.columns, rows.count, granted);
  if (!INVARIANT_HOLDS(fields_within_grant, beyond.empty())) return outside(beyond);
  if (rows.count != answer.rows)
    return outside(std::to_string(rows.count) + " rows where the envelope says " + std::to_string(answer.rows));
  // An answer without rows may leave its empty columns out.
  const bool same =
      std::equal(rows.columns.begin(), rows.columns.end(), answer.fields.begin(), answer.fields.end(),
                 [](const schemas::Column& column, const FieldName& name) { return column.name == name; });
  if (!same && !(rows.columns.empty() && rows.count == 0)) return outside("other fields than the envelope says");
  for (const schemas::Column& column : rows.columns)
    if (column.values.size() != rows.count) return outside("field `" + column.name.text + "` lacks values");
  return {};
}

}  // namespace steelyard::exchange
