// Statements: a refused one leaves the registry as it was; one that is taken shows in it, and a fold over everything
// from the beginning comes to the same rows and the same verdicts. Signatures of strangers never make a statement
// stand.
#include "core/exchange/registry.h"

#include <algorithm>

#include "core/exchange/agreement_policy.h"
#include "core/exchange/digest.h"
#include "core/exchange/gate.h"
#include "core/exchange/policy_ids.h"
#include "core/exchange/statement.h"
#include "core/exchange/testing/world.h"
#include "policy/parser.h"
#include "schemas/codec.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using exchange::Registry;
using exchange::StatementBytes;
using exchange::testing::World;
using fuzz::Input;

namespace {

const World& world() {
  static const World made = World::city();
  return made;
}

// By its own statements, and `more`; signatures are left out, as when a log is read again.
Registry folded(const StatementBytes* more = nullptr) {
  Registry made;
  std::uint64_t index = 0;
  for (const auto& statement : world().statements())
    CHECK(made.apply(statement, LogIndex(index++), world().now(), true).has_value());
  if (more != nullptr) CHECK(made.apply(*more, LogIndex(index), world().now(), true).has_value());
  return made;
}

std::vector<exchange::Question> questions() {
  exchange::Question question;
  question.user = MemberId("tax");
  question.application = ApplicationId("tax-relief");
  question.dataset = DatasetId("civil-affairs/household");
  question.purpose = PurposeId("deduction");
  question.fields = {FieldName("name"), FieldName("members")};
  question.conditions = {FieldName("id_number")};
  std::vector<exchange::Question> made{question, question, question};
  made[1].agreement = AgreementId("tax-household");
  made[2].strict = true;
  return made;
}

// Everything that reads a registry, over one that has just taken a statement.
void check_taken(Registry& changed, exchange::Gate& gate, const StatementBytes& statement,
                 const exchange::RegistryChange& change) {
  const auto decoded = schemas::decode<schemas::Statement>(statement.document);
  CHECK(decoded.has_value() && decoded->head.kind == change.kind && decoded->head.subject == change.subject);
  const auto [version, digest] = changed.last_version(change.kind, change.subject);
  CHECK(version == decoded->head.version);
  CHECK(digest == exchange::statement_digest(changed.suite(), statement.document));
  CHECK(changed.epoch() == LogIndex(world().statements().size()));
  const auto rows = changed.rows();
  for (const auto& row : change.rows) CHECK(std::find(rows.begin(), rows.end(), row) != rows.end());
  CHECK(folded(&statement).rows() == rows);
  for (const auto& id : changed.agreements())
    if (const auto& record = *changed.agreement(id); record.in_force)
      CHECK(policy::parse_policy(exchange::agreement_policy_id(id),
                                 exchange::agreement_policy(record.in_force->statement))
                .has_value());

  CHECK(gate.on_change(change).has_value());
  exchange::Gate anew(changed);
  CHECK(anew.rebuild().has_value());
  for (const auto& question : questions())
    CHECK(gate.weigh(question, world().now()).same_as(anew.weigh(question, world().now())));
}

void document(Input input) {
  static Registry registry = folded();
  static const auto rows = registry.rows();
  const StatementBytes statement{to_bytes(input.rest()), {}};
  const LogIndex next(world().statements().size());
  const auto change = registry.apply(statement, next, world().now(), true);
  if (!change) {
    CHECK(registry.rows() == rows && registry.statements() == world().statements().size());
    return;
  }
  registry = folded();
  Registry trial = folded();
  exchange::Gate gate(trial);
  CHECK(gate.rebuild().has_value());
  CHECK(trial.apply(statement, next, world().now(), true).has_value());
  check_taken(trial, gate, statement, *change);
}

// Signatures beside a document that needs one of the root manager's office alone, which never signed it.
void signatures(Input input) {
  static const schemas::Statement draft = world().draw(
      "new-duty", schemas::Duty{exchange::testing::text("new"), exchange::testing::text("source"), MemberId("tax")},
      World::kRoot, schemas::Role::kRootManager);
  static const bool wanted =
      world()
          .registry()
          .would_take(world().sign(draft, {{schemas::Role::kRootManager, World::kRoot}}), world().now())
          .has_value();
  CHECK(wanted);
  CHECK(!world().registry().would_take({schemas::encode(draft), to_bytes(input.rest())}, world().now()));
}

// A set that an owner may put in force speaks of its own things alone.
void policy_set(Input input) {
  const MemberId owner("civil-affairs");
  if (!exchange::check_policy_set(owner.text, input.text())) return;
  const auto parsed = policy::parse_policies(input.text());
  CHECK(parsed.has_value());
  for (const auto& one : *parsed) {
    CHECK(one.scope.resource.names_entity() && !one.scope.resource.entities.empty());
    for (const auto& entity : one.scope.resource.entities) CHECK(entity.id().starts_with(owner.text + "/"));
  }
}

constexpr void (*kReaders[])(Input) = {document, signatures, policy_set};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
