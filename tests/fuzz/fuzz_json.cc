// JSON as it comes in files: what is read and written is read again as the same, however it is laid out; values of
// policies that come as JSON are those that their Cedar source means.
#include "core/json/json.h"

#include "core/base/limits.h"
#include "policy/entity_json.h"
#include "policy/evaluator.h"
#include "policy/parser.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;

namespace {

void document(Input input) {
  const auto value = json::parse(input.text());
  if (!value) return;
  const std::string line = json::dump(*value);
  const auto again = json::parse(line);
  CHECK(again.has_value() && *again == *value);
  CHECK(json::dump(*again) == line);
  const auto laid_out = json::parse(json::dump(*value, 2));
  CHECK(laid_out.has_value() && *laid_out == *value);
}

bool has_datetime(const policy::Value& value) {
  if (value.is(policy::Type::kSet)) {
    for (const auto& element : value.as_set())
      if (has_datetime(element)) return true;
  } else if (value.is(policy::Type::kRecord)) {
    for (const auto& attribute : value.as_record())
      if (has_datetime(attribute.value)) return true;
  }
  return value.is(policy::Type::kDatetime);
}

void policy_value(Input input) {
  const auto written = json::parse(input.text());
  if (!written) return;
  const auto value = policy::value_from_json(*written);
  if (!value || has_datetime(*value)) return;  // years beyond 9999 have no source
  const auto source = policy::parse_expression(policy::to_source(*value));
  if (!source) return;  // beyond the limits of a text or of its depth
  const policy::Request request{policy::EntityUid("Member", "tax"), policy::EntityUid("Action", "query"),
                                policy::EntityUid("Dataset", "civil-affairs/household")};
  const policy::Entities none;
  const auto meant = policy::Evaluator(request, none).value_of(*source);
  CHECK(meant.has_value() && *meant == *value);
}

void entities(Input input) {
  const auto known = policy::entities_from_json(input.text());
  if (known) CHECK(policy::entities_from_json(input.text())->size() == known->size());
}

constexpr void (*kReaders[])(Input) = {document, policy_value, entities};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
