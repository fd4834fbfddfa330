#include "core/exchange/testing/world.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "core/base/check.h"
#include "core/crypto/hash.h"
#include "core/exchange/digest.h"

namespace steelyard::exchange::testing {
namespace {

using schemas::KeyUse;
using schemas::Role;
using schemas::SharingClass;
using schemas::VocabularyKind;

// Tests read this and stop: nothing after it could mean anything.
template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "world: %s\n", result.error().what.c_str());
    std::abort();
  }
  return std::move(*result);
}

Bytes seed_of(const std::string& name) {
  return to_bytes(crypto::keyed_hash(as_bytes("steelyard/test-world"), as_bytes(name)).view());
}

crypto::SigningKey signing_key(const crypto::Suite& suite, const std::string& name) {
  return must(crypto::SigningKey::from_private(suite.signing, seed_of(name)));
}
crypto::CurveKey curve_key(const std::string& name) { return must(crypto::CurveKey::from_private(seed_of(name))); }

schemas::Key key(KeyUse use, const crypto::PublicKey& of) {
  return {use, static_cast<std::uint8_t>(of.algorithm), of.octets};
}

}  // namespace

schemas::Text text(const std::string& en) { return {en, en}; }

std::string baseline_text() {
  std::ifstream file(STEELYARD_BASELINE_FILE);
  std::string all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  CHECK(!all.empty());
  return all;
}

std::vector<schemas::Key> MemberKeys::list() const {
  return {key(KeyUse::kOffice, office.public_key()), key(KeyUse::kMessage, message.public_key()),
          key(KeyUse::kCosign, cosign.public_key()), key(KeyUse::kSeal, seal.public_key()),
          key(KeyUse::kTransport, transport.public_key())};
}

MemberKeys member_keys(const crypto::Suite& suite, const std::string& name, int generation) {
  const std::string base = name + "/" + std::to_string(generation) + "/";
  return {signing_key(suite, base + "office"), signing_key(suite, base + "message"),
          signing_key(suite, base + "cosign"),
          must(crypto::OpeningKey::from_private(suite.sealing, seed_of(base + "seal"))), curve_key(base + "transport")};
}

BrokerKeys broker_keys(const crypto::Suite& suite, const std::string& origin) {
  return {signing_key(suite, origin + "/bundle"), signing_key(suite, origin + "/log"),
          curve_key(origin + "/transport")};
}

World::World(crypto::SuiteId suite) : suite_(&crypto::suite(suite)), broker_(broker_keys(*suite_, kOrigin)) {
  members_.emplace(kRoot, member_keys(*suite_, kRoot.text));
  schemas::Genesis genesis;
  genesis.origin = kOrigin;
  genesis.suite = static_cast<std::uint8_t>(suite);
  genesis.root_manager = kRoot;
  genesis.names = text("Data Bureau");
  genesis.root_keys = keys(kRoot).list();
  genesis.broker_keys = {key(KeyUse::kTransport, broker_.transport.public_key()),
                         key(KeyUse::kBundle, broker_.bundle.public_key()),
                         key(KeyUse::kLog, broker_.log.public_key())};
  state(kOrigin, genesis, {{Role::kRootManager, kRoot}});
}

schemas::Statement World::draw(const std::string& subject, schemas::StatementBody body, const MemberId& author,
                               Role role) const {
  schemas::Statement statement;
  statement.head.network = registry_.network();
  statement.head.kind = static_cast<schemas::StatementKind>(body.index() + 1);
  statement.head.subject = subject;
  const auto [version, previous] = registry_.last_version(statement.head.kind, subject);
  statement.head.version = version + 1;
  statement.head.previous = previous;
  statement.head.author = author;
  statement.head.role = role;
  statement.head.time = now_;
  statement.body = std::move(body);
  return statement;
}

StatementBytes World::sign_document(Bytes document, const std::vector<Signature>& by) const {
  StatementBytes statement{std::move(document), schemas::encode(std::vector<schemas::StatementSignature>{})};
  for (const Signature& one : by) {
    const crypto::SigningKey& office = one.key != nullptr ? *one.key : keys(one.member).office;
    CHECK(add_signature(statement, sign_statement(*suite_, statement.document, one.role, one.member, office)));
  }
  return statement;
}

StatementBytes World::sign(const schemas::Statement& statement, const std::vector<Signature>& by) const {
  return sign_document(schemas::encode(statement), by);
}

Result<RegistryChange> World::try_add(const StatementBytes& statement) {
  TRY_ASSIGN(RegistryChange change, registry_.apply(statement, LogIndex(statements_.size()), now_));
  statements_.push_back(statement);
  times_.push_back(now_);
  now_ = now_ + seconds(1);
  return change;
}

RegistryChange World::add(const StatementBytes& statement) { return must(try_add(statement)); }

Result<RegistryChange> World::try_state(const std::string& subject, schemas::StatementBody body,
                                        const std::vector<Signature>& by) {
  return try_add(sign(draw(subject, std::move(body), by.front().member, by.front().role), by));
}

RegistryChange World::state(const std::string& subject, schemas::StatementBody body, const std::vector<Signature>& by) {
  return must(try_state(subject, std::move(body), by));
}

void World::add_member(const MemberId& member) {
  members_.emplace(member, member_keys(*suite_, member.text));
  schemas::Member body;
  body.names = text(member.text);
  body.keys = keys(member).list();
  body.valid_from = kStart;
  state(member.text, body, {{Role::kRootManager, kRoot}, {Role::kMember, member}});
}

void World::add_application(const ApplicationId& application, const MemberId& member) {
  state(application.text, schemas::Application{member, text(application.text)}, {{Role::kMember, member}});
}

void World::add_duty(const DutyId& duty, const MemberId& holder) {
  state(duty.text, schemas::Duty{text(duty.text), text("three definitions, article 1"), holder},
        {{Role::kRootManager, kRoot}});
}

void World::add_vocabulary() {
  const auto add_term = [this](VocabularyKind kind, const std::string& id, std::vector<BasisId> bases) {
    schemas::Vocabulary body;
    body.kind = kind;
    body.id = id;
    body.title = text(id);
    body.bases = std::move(bases);
    body.valid_from = kStart;
    if (kind == VocabularyKind::kBasis) body.article = "article 1";
    state(std::string(name_of(kind)) + "/" + id, body, {{Role::kRootManager, kRoot}});
  };
  add_term(VocabularyKind::kBasis, "tax-law", {});
  add_term(VocabularyKind::kPurpose, "deduction", {BasisId("tax-law")});
  add_term(VocabularyKind::kPurpose, "statistics", {});
  add_term(VocabularyKind::kReason, "changed", {});
  add_term(VocabularyKind::kReason, "misuse", {});
}

void World::add_policy_set(const std::string& subject, const std::string& policies) {
  schemas::PolicySet body;
  body.text = policies;
  body.valid_from = kStart;
  const bool baseline = subject == kBaseline;
  state(subject, body, {baseline ? Signature{Role::kRootManager, kRoot} : Signature{Role::kOwner, MemberId(subject)}});
}

void World::add_baseline() { add_policy_set(std::string(kBaseline), baseline_text()); }

schemas::Catalogue World::catalogue(const DatasetId& dataset, const DutyId& duty,
                                    const std::vector<std::string>& fields, SharingClass sharing_class) {
  schemas::Catalogue body;
  body.dataset = dataset;
  body.duty = duty;
  body.system = SystemId("registry");
  body.title = text(dataset.text);
  body.summary = text("made for tests");
  body.format = "table";
  body.update_cycle = "daily";
  body.method = "query";
  body.sharing_class = sharing_class;
  body.conditions = text("by agreement");
  for (std::size_t i = 0; i < fields.size(); ++i) {
    schemas::CatalogueField field;
    field.name = FieldName(fields[i]);
    field.type = i + 1 == fields.size() ? schemas::ValueType::kInt64 : schemas::ValueType::kString;
    field.meaning = text(fields[i]);
    field.sensitivity = i == 1 ? 3 : 2;
    field.identifier = i == 1;
    body.fields.push_back(std::move(field));
  }
  return body;
}

void World::add_dataset(const schemas::Catalogue& body) {
  state(body.dataset.text, body, {{Role::kOwner, owner_of(body.dataset)}, {Role::kManager, kRoot}});
}

schemas::Agreement World::agreement(const AgreementId& id, const MemberId& user, const DatasetId& dataset,
                                    const std::vector<std::string>& fields, const DutyId& user_duty) const {
  schemas::Agreement body;
  body.agreement = id;
  body.user = user;
  body.owner = owner_of(dataset);
  body.manager = user == kRoot ? body.owner : kRoot;
  body.dataset = dataset;
  for (const std::string& field : fields) body.fields.emplace_back(field);
  body.actions = {schemas::Action::kQuery};
  body.purposes = {PurposeId("deduction")};
  body.legal_basis = BasisId("tax-law");
  body.user_duty = user_duty;
  body.terms = text("use it for the purpose only");
  body.valid_from = kStart;
  return body;
}

Result<RegistryChange> World::try_propose(const schemas::Agreement& body) {
  return try_state(body.agreement.text, body, {{Role::kUser, body.user}});
}

Result<RegistryChange> World::try_approve(const AgreementId& id, Role role) {
  const AgreementRecord* record = registry_.agreement(id);
  CHECK(record != nullptr);
  const schemas::Agreement& terms = record->proposed ? record->proposed->statement : *record->terms();
  const MemberId& by = role == Role::kUser ? terms.user : role == Role::kOwner ? terms.owner : terms.manager;
  return try_state(id.text + "/" + std::string(name_of(role)), schemas::Approval{id, record->proposed_digest, role},
                   {{role, by}});
}

void World::add_agreement(const schemas::Agreement& body) {
  must(try_propose(body));
  for (const Role role : {Role::kUser, Role::kOwner, Role::kManager}) must(try_approve(body.agreement, role));
}

Result<RegistryChange> World::try_change(const AgreementId& id, schemas::AgreementChange change,
                                         const std::vector<Signature>& by) {
  return try_state(id.text + "/state", schemas::AgreementState{id, change, ReasonId("changed")}, by);
}

Result<RegistryChange> World::try_term(schemas::VocabularyKind kind, const std::string& id,
                                       const std::function<void(schemas::Vocabulary&)>& change) {
  schemas::Vocabulary body;
  body.valid_from = kStart;
  if (const auto* known = registry_.term(kind, id)) body = known->statement;
  body.kind = kind;
  body.id = id;
  change(body);
  return try_state(std::string(name_of(kind)) + "/" + id, body, {{Role::kRootManager, kRoot}});
}

Result<RegistryChange> World::try_pass_duty(const DutyId& duty, const MemberId& to) {
  schemas::Duty body = registry_.duty(duty)->statement;
  body.holder = to;
  return try_state(duty.text, body, {{Role::kRootManager, kRoot}});
}

void World::replace_keys(const MemberId& member, MemberKeys keys) {
  members_.insert_or_assign(member, std::move(keys));
}

World World::city(crypto::SuiteId suite) {
  World world(suite);
  const MemberId owner("civil-affairs"), user("tax");
  world.add_member(owner);
  world.add_member(user);
  world.add_application(ApplicationId("tax-relief"), user);
  world.add_duty(DutyId("residents"), owner);
  world.add_duty(DutyId("tax-deduction"), user);
  world.add_vocabulary();
  world.add_baseline();
  const DatasetId household("civil-affairs/household");
  world.add_dataset(catalogue(household, DutyId("residents"), {"name", "id_number", "address", "head", "members"}));
  world.add_agreement(world.agreement(AgreementId("tax-household"), user, household, {"name", "id_number", "address"},
                                      DutyId("tax-deduction")));
  return world;
}

}  // namespace steelyard::exchange::testing
