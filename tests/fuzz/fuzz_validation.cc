// Policies under a schema: validated or refused, soon. What validates strictly does so permissively, the same twice;
// and does not fail on entities and requests that validate, but for what is excused (policy/testing/instances.h).
#include <random>

#include "core/exchange/policy_schema.h"
#include "policy/authorizer.h"
#include "policy/parser.h"
#include "policy/schema/resolve.h"
#include "policy/testing/instances.h"
#include "policy/validation/validator.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;
using policy::validation::Mode;
using policy::validation::Schema;

namespace {

constexpr std::size_t kEnvironmentsMax = 8;  // in which a policy is tried

void hold_sound(const std::vector<policy::Policy>& policies, const Schema& schema, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  policy::testing::Instances instances(schema, [&](std::size_t count) { return random() % count; });
  const policy::Entities entities = instances.entities();
  CHECK(policy::validation::validate_entities(entities, schema).has_value());
  policy::PolicySet set;
  for (const policy::Policy& one : policies) set.put(one);
  std::size_t tried = 0;
  policy::validation::each_environment(schema, [&](const policy::validation::Environment& environment) {
    const policy::Request request = instances.request(environment);
    CHECK(policy::validation::validate_request(request, schema).has_value());
    for (const auto& error : policy::decide(request, entities, set).errors)
      CHECK(policy::testing::is_excused(error.what));
    return ++tried < kEnvironmentsMax;
  });
}

void check(std::string_view text, const Schema& schema) {
  const auto policies = policy::parse_policies(text);
  if (!policies) return;
  const auto strict = policy::validation::validate(*policies, schema);
  const auto again = policy::validation::validate(*policies, schema);
  const auto permissive = policy::validation::validate(*policies, schema, Mode::kPermissive);
  CHECK(again.has_errors() == strict.has_errors() && again.policies.size() == strict.policies.size());
  CHECK(strict.has_errors() || !permissive.has_errors());
  if (!strict.has_errors()) hold_sound(*policies, schema, std::hash<std::string_view>{}(text));
}

// Under the schema of the broker's own policies.
void policies(Input input) { check(input.text(), exchange::policy_schema()); }

// A schema, an octet 0, policies.
void schema_and_policies(Input input) {
  const std::string_view text = input.text();
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) return;
  const auto schema = policy::schema::schema_from_cedar(text.substr(0, end));
  if (schema) check(text.substr(end + 1), *schema);
}

constexpr void (*kReaders[])(Input) = {policies, schema_and_policies};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
