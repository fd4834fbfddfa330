#include "cli/bench_world.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "core/base/limits.h"
#include "core/client/node.h"
#include "core/crypto/key_file.h"
#include "core/exchange/digest.h"
#include "core/exchange/statement.h"
#include "core/json/json.h"
#include "core/store/durable_file.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

using schemas::KeyUse;
using schemas::Role;
using schemas::StatementKind;

constexpr int kFields = 6;         // f1 .. f6 beside the key
constexpr int kFieldsGranted = 4;  // f1 .. f4: an answer of about 1 KiB
constexpr unsigned kRowBytes = 1'536;

struct Citizen {  // a member of the measured city
  MemberId id;
  std::string home;
  std::optional<crypto::SigningKey> office;
};

schemas::Key listed(KeyUse use, const crypto::PublicKey& key) {
  return {use, static_cast<std::uint8_t>(key.algorithm), key.octets};
}

std::string dataset_code(unsigned number) { return fmt::format("d{:03}", number); }

// Submits statements over one session and waits until each is recorded.
class Submitter {
 public:
  Submitter(client::Node& node, crypto::SigningKey root_office)
      : node_(node), root_office_(std::move(root_office)), session_(node.session()) {}

  const crypto::SigningKey& root_office() const { return root_office_; }
  const MemberId& root() const { return node_.registry().root_manager(); }

  using Signer = std::tuple<Role, MemberId, const crypto::SigningKey*>;

  Digest submit(schemas::StatementBody body, StatementKind kind, std::string subject, Role role, const MemberId& author,
                const std::vector<Signer>& signers) {
    const exchange::Registry& registry = node_.registry();
    schemas::Statement statement;
    const auto [version, previous] = registry.last_version(kind, subject);
    statement.head = {registry.network(), kind, subject, version + 1, previous, author, role, node_.clock().wall()};
    statement.body = std::move(body);
    const Bytes document = schemas::encode(statement);
    std::vector<schemas::StatementSignature> signatures;
    for (const auto& [as, member, key] : signers)
      signatures.push_back(exchange::sign_statement(registry.suite(), document, as, member, *key));
    exchange::OutMessage message;
    message.kind = schemas::MessageKind::kStatement;
    message.envelope = std::make_shared<const Bytes>(document);
    message.payload = std::make_shared<const Bytes>(schemas::encode(signatures));
    node_.send(message);
    const Digest digest = exchange::message_digest(registry.suite(), message.kind, *message.envelope, *message.payload);
    waiting_.push_back({digest, std::move(subject), std::move(message)});
    return exchange::statement_digest(registry.suite(), document);
  }

  Status settle() {
    const Duration until = node_.clock().monotonic() + seconds(60);
    while (!waiting_.empty()) {
      if (node_.clock().monotonic() > until)
        return fail(schemas::error_of(schemas::code::timed_out, "statements were not recorded in 60 s"));
      TRY_ASSIGN(const auto incoming, node_.step(milliseconds(50)));
      for (const client::Incoming& message : incoming) TRY(take(message));
      const bool asked_to_wait = again_at_ && node_.clock().monotonic() >= *again_at_;
      if (!node_.up() || (node_.session() == session_ && !asked_to_wait)) continue;
      session_ = node_.session();  // what waited went with the last one; a repeat is answered as the first was
      again_at_.reset();
      for (const Waiting& waiting : waiting_) node_.send(waiting.message);
    }
    return {};
  }

 private:
  struct Waiting {
    Digest digest;
    std::string subject;
    exchange::OutMessage message;
  };

  Status take(const client::Incoming& message) {
    if (message.kind == schemas::MessageKind::kRecorded) {
      TRY_ASSIGN(const auto recorded, schemas::decode<schemas::Recorded>(message.envelope));
      std::erase_if(waiting_, [&](const Waiting& waiting) { return waiting.digest == recorded.digest; });
    } else if (message.kind == schemas::MessageKind::kRejection) {
      TRY_ASSIGN(const auto rejection, schemas::decode<schemas::Rejection>(message.envelope));
      if (rejection.code == schemas::code::busy)
        again_at_ = node_.clock().monotonic() + milliseconds(rejection.delay_ms);
      if (again_at_) return {};  // what built upon the ones that were too many is sent again with them
      const auto found = std::find_if(waiting_.begin(), waiting_.end(),
                                      [&](const Waiting& waiting) { return waiting.digest == rejection.rejected; });
      return fail(schemas::error_of(rejection.code, found == waiting_.end() ? "a frame" : found->subject));
    }
    return {};
  }

  client::Node& node_;
  crypto::SigningKey root_office_;
  std::uint64_t session_;
  std::vector<Waiting> waiting_;      // in the order they were sent
  std::optional<Duration> again_at_;  // the broker asked to wait; monotonic
};

// Not synced: there are thousands, a session waits meanwhile, and nobody needs this world after a crash.
Status write_text(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return {};
  return fail(schemas::error_of(schemas::code::usage, "writing " + path + " failed"));
}

std::string map_file(const DatasetId& dataset, unsigned rows, unsigned seed) {
  std::string text = fmt::format(
      "[dataset]\nid = \"{}\"\n\n[source]\nkind = \"memory\"\nkey = \"k\"\nrows = {}\nseed = {}\nrow_bytes = \"{}B\"\n",
      dataset.text, rows, seed, kRowBytes);
  text += "\n[[field]]\nname = \"k\"\ntype = \"string\"\n";
  for (int i = 1; i <= kFields; ++i) text += fmt::format("\n[[field]]\nname = \"f{}\"\ntype = \"string\"\n", i);
  return text;
}

// Keys, identity and adapter configuration of one member; its statement, not yet sent.
Result<schemas::Member> make_home(Citizen& citizen, const client::Identity& root, const exchange::Registry& registry,
                                  const std::vector<DatasetId>& datasets, unsigned rows) {
  const crypto::Suite& suite = registry.suite();
  TRY(store::make_dir(citizen.home, 0700));
  citizen.office = crypto::SigningKey::generate(suite);
  const auto message = crypto::SigningKey::generate(suite);
  const auto cosign = crypto::SigningKey::generate(suite);
  const auto seal = crypto::OpeningKey::generate(suite);
  const auto transport = crypto::CurveKey::generate();
  TRY(crypto::write_key_file(citizen.home + "/message.key", message));
  TRY(crypto::write_key_file(citizen.home + "/cosign.key", cosign));
  TRY(crypto::write_key_file(citizen.home + "/seal.key", seal));
  TRY(crypto::write_key_file(citizen.home + "/transport.key", transport));

  std::string identity = fmt::format(
      "member = \"{}\"\nendpoint = \"{}\"\nbroker_key = \"curve:{}\"\ngenesis = \"{}\"\nmessage_key = \"message.key\"\n"
      "transport_key = \"transport.key\"\nseal_key = \"seal.key\"\ncosign_key = \"cosign.key\"\n",
      citizen.id.text, root.endpoint, to_base64(root.broker_key), to_hex(root.genesis.view()));
  TRY(write_text(citizen.home + "/identity.toml", identity + "state = \"consumer-state\"\n"));
  if (!datasets.empty()) {
    std::string adapter = identity + "state = \"state\"\n";
    std::string maps;
    for (std::size_t i = 0; i < datasets.size(); ++i) {
      const std::string file = fmt::format("map-{:03}.toml", i);
      TRY(write_text(citizen.home + "/" + file, map_file(datasets[i], rows, static_cast<unsigned>(i))));
      maps += fmt::format("\n[[dataset]]\nmap = \"{}\"\n", file);
    }
    TRY(write_text(citizen.home + "/adapter.toml", adapter + maps));
  }

  schemas::Member member;
  member.names = {citizen.id.text, citizen.id.text};
  member.keys = {listed(KeyUse::kOffice, citizen.office->public_key()), listed(KeyUse::kMessage, message.public_key()),
                 listed(KeyUse::kCosign, cosign.public_key()), listed(KeyUse::kSeal, seal.public_key()),
                 listed(KeyUse::kTransport, transport.public_key())};
  member.valid_from = {0};
  return member;
}

// What a day allows of the dataset that is `number`th of its owner, and `rank`th of all; 0: no limit.
enum class Limited : std::uint8_t { kAgreement, kCatalogue };
std::uint64_t rows_per_day(const BenchWorldOptions& options, Limited where, unsigned number, unsigned rank) {
  const unsigned limited = where == Limited::kAgreement ? 1 : 3;
  return number % 4 == limited ? std::uint64_t{options.rows_per_day} * (rank + 1) : 0;
}

schemas::Catalogue describe(const DatasetId& dataset, const DutyId& duty, std::uint64_t rows_per_day) {
  schemas::Catalogue catalogue;
  catalogue.dataset = dataset;
  catalogue.duty = duty;
  catalogue.system = SystemId("system-" + owner_of(dataset).text);
  catalogue.title = {dataset.text, dataset.text};
  catalogue.format = "table";
  catalogue.update_cycle = "realtime";
  catalogue.method = "query";
  catalogue.sharing_class = schemas::SharingClass::kConditional;
  catalogue.rows_per_day = rows_per_day;
  schemas::CatalogueField field;
  field.name = FieldName("k");
  field.identifier = true;
  catalogue.fields.push_back(field);
  field.identifier = false;
  for (int i = 1; i <= kFields; ++i) {
    field.name = FieldName(fmt::format("f{}", i));
    catalogue.fields.push_back(field);
  }
  return catalogue;
}

schemas::Agreement agree(const std::string& id, const MemberId& user, const MemberId& manager, const DatasetId& dataset,
                         const std::vector<schemas::Action>& actions, std::uint64_t rows_per_day) {
  schemas::Agreement agreement;
  agreement.agreement = AgreementId(id);
  agreement.user = user;
  agreement.owner = owner_of(dataset);
  agreement.manager = manager;
  agreement.dataset = dataset;
  agreement.fields = {FieldName("k")};
  for (int i = 1; i <= kFieldsGranted; ++i) agreement.fields.push_back(FieldName(fmt::format("f{}", i)));
  agreement.actions = actions;
  agreement.purposes = {PurposeId("bench-purpose")};
  agreement.legal_basis = BasisId("bench-basis");
  agreement.user_duty = DutyId("duty-" + user.text);
  agreement.rows_max = 10;
  agreement.rows_per_day = rows_per_day;
  agreement.valid_from = {0};
  return agreement;
}

void submit_vocabulary(Submitter& to) {
  const Submitter::Signer root{Role::kRootManager, to.root(), &to.root_office()};
  schemas::Vocabulary basis;
  basis.kind = schemas::VocabularyKind::kBasis;
  basis.id = "bench-basis";
  basis.title = {"测量", "measurement"};
  to.submit(basis, StatementKind::kVocabulary, "basis/bench-basis", Role::kRootManager, to.root(), {root});
  schemas::Vocabulary purpose = basis;
  purpose.kind = schemas::VocabularyKind::kPurpose;
  purpose.id = "bench-purpose";
  purpose.bases = {BasisId("bench-basis")};
  to.submit(purpose, StatementKind::kVocabulary, "purpose/bench-purpose", Role::kRootManager, to.root(), {root});
}

void submit_member(Submitter& to, const Citizen& citizen, const schemas::Member& member) {
  const Submitter::Signer root{Role::kRootManager, to.root(), &to.root_office()};
  const Submitter::Signer own{Role::kMember, citizen.id, &*citizen.office};
  to.submit(member, StatementKind::kMember, citizen.id.text, Role::kRootManager, to.root(), {root, own});
  schemas::Application application{citizen.id, {"应用", "application"}};
  to.submit(application, StatementKind::kApplication, "app-" + citizen.id.text, Role::kMember, citizen.id, {own});
  schemas::Duty duty{{"职责", "duty"}, {"文件", "document"}, citizen.id};
  to.submit(duty, StatementKind::kDuty, "duty-" + citizen.id.text, Role::kRootManager, to.root(), {root});
}

void submit_agreement(Submitter& to, const schemas::Agreement& agreement, const Citizen& user, const Citizen& owner) {
  const std::string& id = agreement.agreement.text;
  const Digest digest = to.submit(agreement, StatementKind::kAgreement, id, Role::kUser, user.id,
                                  {{Role::kUser, user.id, &*user.office}});
  const std::tuple<Role, MemberId, const crypto::SigningKey*, const char*> approvers[] = {
      {Role::kUser, user.id, &*user.office, "user"},
      {Role::kOwner, owner.id, &*owner.office, "owner"},
      {Role::kManager, to.root(), &to.root_office(), "manager"}};
  for (const auto& [role, member, key, name] : approvers) {
    schemas::Approval approval{agreement.agreement, digest, role};
    to.submit(approval, StatementKind::kApproval, id + "/" + name, role, member, {{role, member, key}});
  }
}

Result<std::unique_ptr<client::Node>> connect(net::Context& context, const std::string& home, const Clock& clock) {
  TRY_ASSIGN(client::Identity identity, client::read_identity_file(home + "/identity.toml"));
  client::NodeOptions options;
  options.software = "steelyard bench";
  options.keep_state = false;
  options.witness = false;
  TRY_ASSIGN(auto node, client::Node::open(context, std::move(identity), options, clock));
  const Duration until = clock.monotonic() + seconds(20);
  while (!node->up()) {
    if (clock.monotonic() > until) return fail(schemas::error_of(schemas::code::broker_away, home));
    TRY(node->step(milliseconds(50)));
  }
  return node;
}

}  // namespace

std::string bench_key(unsigned row) { return fmt::format("k{:08}", row); }

Status bench_prepare(const BenchWorldOptions& options) {
  if (options.consumers == 0 || options.consumers > options.members || options.first_owner >= options.members ||
      options.datasets == 0)
    return fail(schemas::error_of(schemas::code::usage, "consumers and owners must be among the members"));
  TRY_ASSIGN(const bool taken, store::exists(options.out));
  if (taken) return fail(schemas::error_of(schemas::code::usage, options.out + " is there already"));
  TRY_ASSIGN(const Bytes baseline_text, store::read_file(options.baseline, limits::kPolicyBytesMax));
  TRY_ASSIGN(auto root_office, crypto::read_signing_key(options.root_office + "/office.key"));

  const SystemClock clock;
  TRY_ASSIGN(auto context, net::Context::open());
  TRY_ASSIGN(auto node, connect(*context, options.root_office, clock));
  TRY(store::make_dir(options.out, 0700));
  const std::string offices = options.out + "/offices";
  TRY(store::make_dir(offices, 0700));
  Submitter to(*node, std::move(root_office));
  if (node->registry().policy_set("baseline") == nullptr) {
    schemas::PolicySet baseline{std::string(as_text(baseline_text)), {0}, std::nullopt};
    to.submit(baseline, StatementKind::kPolicySet, "baseline", Role::kRootManager, to.root(),
              {{Role::kRootManager, to.root(), &to.root_office()}});
  }
  submit_vocabulary(to);

  std::vector<Citizen> citizens(options.members);
  std::map<unsigned, std::vector<DatasetId>> owned;
  for (unsigned m = 0; m < options.members; ++m) {
    Citizen& citizen = citizens[m];
    citizen.id = MemberId(fmt::format("m{:03}", m));
    citizen.home = options.out + "/" + citizen.id.text;
    if (m >= options.first_owner)
      for (unsigned d = 0; d < options.datasets; ++d)
        owned[m].push_back(DatasetId(citizen.id.text + "/" + dataset_code(d)));
    TRY_ASSIGN(const auto member, make_home(citizen, node->identity(), node->registry(), owned[m], options.rows));
    TRY(crypto::write_key_file(offices + "/" + citizen.id.text + ".key", *citizen.office));
    submit_member(to, citizen, member);
  }
  TRY(to.settle());
  const unsigned owners = options.members - options.first_owner;
  for (const auto& [m, datasets] : owned) {
    for (unsigned d = 0; d < datasets.size(); ++d) {
      const unsigned rank = d * owners + m - options.first_owner;
      to.submit(describe(datasets[d], DutyId("duty-" + citizens[m].id.text),
                         rows_per_day(options, Limited::kCatalogue, d, rank)),
                StatementKind::kCatalogue, datasets[d].text, Role::kOwner, citizens[m].id,
                {{Role::kOwner, citizens[m].id, &*citizens[m].office}, {Role::kManager, to.root(), &to.root_office()}});
    }
    TRY(to.settle());
  }

  json::Value pairs = json::array();
  const bool mixed = options.first_owner < options.consumers;                 // members both ask and own
  const unsigned askers = mixed ? options.consumers - 1 : options.consumers;  // of one dataset: nobody asks itself
  if (options.agreements > owners * options.datasets * askers)
    return fail(schemas::error_of(schemas::code::usage, "more agreements than pairs of consumer and dataset"));
  for (unsigned i = 0; i < options.agreements; ++i) {
    const unsigned rank = i % (owners * options.datasets);  // owners in turn, so that each has popular ones
    const unsigned step = i / (owners * options.datasets);
    const unsigned owner = options.first_owner + rank % owners;
    const DatasetId& dataset = owned[owner][rank / owners];
    unsigned user = (rank / owners + rank + step) % askers;
    if (mixed && user >= owner) ++user;
    const std::string id = fmt::format("a{:05}", i);
    const std::uint64_t limit = rows_per_day(options, Limited::kAgreement, rank / owners, rank);
    submit_agreement(to, agree(id, citizens[user].id, to.root(), dataset, options.actions, limit), citizens[user],
                     citizens[owner]);
    pairs.push(json::object({{"user", user}, {"dataset", dataset}, {"agreement", id}, {"rank", rank}}));
    if (i % 32 == 31) TRY(to.settle());
  }
  TRY(to.settle());

  json::Value homes = json::array();
  for (const Citizen& citizen : citizens) homes.push(citizen.home);
  const json::Value world = json::object({{"homes", homes},
                                          {"consumers", options.consumers},
                                          {"first_owner", options.first_owner},
                                          {"rows", options.rows},
                                          {"agreements", pairs}});
  return write_text(options.out + "/bench.json", json::dump(world, 1) + "\n");
}

}  // namespace steelyard::cli
