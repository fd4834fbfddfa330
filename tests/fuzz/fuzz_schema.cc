// Schemas in both syntaxes: what is read is written as what reads the same, in either, and a translation resolves to
// the same schema. Entities read by a schema are as it says, and those that say all themselves are read as without one.
#include <string>

#include "policy/entity_json.h"
#include "policy/limits.h"
#include "policy/schema/entity_reader.h"
#include "policy/schema/json_printer.h"
#include "policy/schema/json_reader.h"
#include "policy/schema/parser.h"
#include "policy/schema/printer.h"
#include "policy/schema/resolve.h"
#include "policy/validation/request_entity_validator.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;
namespace schema = policy::schema;

namespace {

// What applies to nothing keeps no more than that in Cedar's syntax.
policy::validation::Schema without_idle(policy::validation::Schema made) {
  for (auto& [uid, action] : made.actions) {
    if (!action.principals.empty() && !action.resources.empty()) continue;
    action.principals.clear();
    action.resources.clear();
    action.context = policy::validation::CedarType::record({});
  }
  return made;
}

void same_in_json(const schema::Fragment& fragment) {
  const json::Value written = schema::to_json(fragment);
  const auto again = schema::read_json_schema(written);
  CHECK(again.has_value() && schema::to_json(*again) == written);
  const auto meant = schema::resolve(fragment);
  if (!meant) return;
  const auto translated = schema::resolve(*again);
  CHECK(translated.has_value() && *translated == *meant);
}

void cedar_schema(Input input) {
  const auto fragment = schema::parse_schema(input.text());
  if (!fragment) return;
  same_in_json(*fragment);
  const auto printed = schema::to_cedar(*fragment);
  CHECK(printed.has_value());
  if (printed->size() > limits::kSchemaBytesMax) return;
  const auto again = schema::parse_schema(*printed);
  CHECK(again.has_value() && *again == *fragment);
  CHECK(*schema::to_cedar(*again) == *printed);
}

void json_schema(Input input) {
  const auto fragment = schema::parse_json_schema(input.text());
  if (!fragment) return;
  const auto again = schema::read_json_schema(schema::to_json(*fragment));
  CHECK(again.has_value() && *again == *fragment);
  const auto meant = schema::resolve(*fragment);
  const auto printed = schema::to_cedar(*fragment);
  if (!printed || printed->size() > limits::kSchemaBytesMax) return;
  const auto parsed = schema::parse_schema(*printed);
  CHECK(parsed.has_value());
  if (!meant) return;
  const auto translated = schema::resolve(*parsed);
  CHECK(translated.has_value() && without_idle(*translated) == without_idle(*meant));
}

// A schema, a zero octet, entities.
void entities(Input input) {
  const std::string_view text = input.text();
  const auto middle = text.find('\0');
  if (middle == std::string_view::npos) return;
  const auto declared = schema::schema_from_cedar(text.substr(0, middle));
  if (!declared) return;
  const std::string_view written = text.substr(middle + 1);
  const auto directed = schema::entities_from_json(written, *declared);
  const auto plain = policy::entities_from_json(written);
  if (directed) {
    CHECK(policy::validation::validate_entities(*directed, *declared).has_value());
    for (const auto& [action, entry] : declared->actions) CHECK(directed->find(action) != nullptr);
  }
  if (!plain || !policy::validation::validate_entities(*plain, *declared)) return;
  CHECK(directed.has_value());
  for (const policy::EntityUid& uid : plain->uids()) {
    CHECK(directed->find(uid)->attributes == plain->find(uid)->attributes);
    CHECK(directed->find(uid)->tags == plain->find(uid)->tags);
  }
}

constexpr void (*kReaders[])(Input) = {cedar_schema, json_schema, entities};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
