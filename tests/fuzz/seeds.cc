// fuzz-seeds OUT: what the fuzzers start from, one folder for each: golden messages, the frames and statements of a
// whole network, a log's notes and receipts, the policies, maps and configurations of the demo. Run from the root of
// the tree.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/folder.h"
#include "cli/statement_file.h"
#include "core/base/test_dir.h"
#include "core/exchange/bundle.h"
#include "core/exchange/decided_by.h"
#include "core/exchange/seal.h"
#include "core/exchange/testing/world.h"
#include "policy/schema/json_printer.h"
#include "policy/schema/parser.h"
#include "schemas/codec.h"
#include "tests/fuzz/sample_log.h"

namespace {

namespace fs = std::filesystem;
using namespace steelyard;
using exchange::testing::World;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Seeds {
 public:
  explicit Seeds(fs::path out) : out_(std::move(out)) {}
  // `choice` is the place of the reader in the fuzzer's list.
  void add(const std::string& fuzzer, int choice, std::string_view content) {
    fs::create_directories(out_ / fuzzer);
    std::ofstream file(out_ / fuzzer / std::to_string(count_++), std::ios::binary);
    file.put(static_cast<char>(choice));
    file << content;
    if (!file) std::cerr << "fuzz-seeds: cannot write to " << out_ / fuzzer << "\n";
  }
  void add(const std::string& fuzzer, int choice, ByteView content) { add(fuzzer, choice, as_text(content)); }
  std::size_t count() const { return count_; }

 private:
  fs::path out_;
  std::size_t count_ = 0;
};

std::shared_ptr<const Bytes> shared(Bytes bytes) { return std::make_shared<const Bytes>(std::move(bytes)); }

// In the order of fuzz_messages.cc.
constexpr const char* kGolden[] = {"request",        "answer",        "received",   "event",
                                   "grant",          "refusal",       "recorded",   "rejection",
                                   "hello",          "welcome",       "ping",       "pong",
                                   "credit",         "ack",           "sync",       "tile-request",
                                   "tile",           "checkpoint",    "cosign",     "request-payload",
                                   "answer-payload", "event-payload", "statement-", "statement-signatures"};

void messages(Seeds& seeds) {
  std::vector<exchange::OutMessage> waiting;
  for (const auto& file : fs::directory_iterator("schemas/golden")) {
    std::string hex;
    for (const char c : read(file.path()))
      if (std::isxdigit(static_cast<unsigned char>(c)) != 0) hex += c;
    const auto octets = from_hex(hex);
    if (!octets) continue;
    const std::string name = file.path().stem();
    const bool document = name.starts_with("statement-") && name != "statement-signatures";
    for (std::size_t i = 0; i < std::size(kGolden); ++i)
      if (name == kGolden[i] || (document && std::string_view(kGolden[i]) == "statement-"))
        seeds.add("messages", static_cast<int>(i), *octets);
    if (document) seeds.add("registry", 0, *octets);
    const auto kind = name == "request"     ? schemas::MessageKind::kRequest
                      : name == "answer"    ? schemas::MessageKind::kAnswer
                      : name == "received"  ? schemas::MessageKind::kReceived
                      : name == "event"     ? schemas::MessageKind::kEvent
                      : name == "rejection" ? schemas::MessageKind::kRejection
                                            : schemas::MessageKind::kPing;
    if (kind == schemas::MessageKind::kPing) continue;
    waiting.push_back({kind, shared(*octets), shared(Bytes(40, 1)), std::nullopt});
  }
  const World world = World::city();
  const auto frame = exchange::sign_member_frame(world.suite(), World::kOrigin, MemberId("tax"),
                                                 world.keys(MemberId("tax")).message, waiting);
  seeds.add("frame", 0, frame);
  seeds.add("frame", 1,
            "\x01"
            "\0\0\0\x50" +
                std::string(as_text(frame)));
}

void network(Seeds& seeds) {
  const World world = World::city();
  const MemberId tax("tax");
  std::vector<exchange::OutMessage> own, grants;
  for (const auto& statement : world.statements()) {
    seeds.add("registry", 0, statement.document);
    seeds.add("registry", 1, statement.signatures);
    seeds.add("messages", 19, statement.document);
    Bytes row;
    put_le(row, static_cast<std::uint32_t>(statement.document.size()));
    append(row, statement.document);
    append(row, statement.signatures);
    seeds.add("rows", 4, row);
    if (own.size() == 3) continue;
    own.push_back({schemas::MessageKind::kStatement, shared(statement.document), shared(statement.signatures), {}});
  }
  seeds.add("frame", 0, exchange::sign_member_frame(world.suite(), World::kOrigin, tax, world.keys(tax).message, own));
  // The broker's: a Rejection of its own, and what it forwards with its proof.
  const auto frame = exchange::sign_member_frame(world.suite(), World::kOrigin, tax, world.keys(tax).message, own);
  const auto key = crypto::VerifyingKey::decode(world.keys(tax).message.public_key());
  const auto bundle = exchange::open_bundle(world.suite(), World::kOrigin, tax, *key, *exchange::parse_frame(frame));
  for (std::size_t i = 0; i < own.size(); ++i) own[i].proof = bundle->proof_of(i);
  const auto onward = [&] {
    return exchange::sign_broker_frame(world.suite(), World::kOrigin, world.broker().bundle, own);
  };
  seeds.add("frame", 0, onward());
  own.push_back({schemas::MessageKind::kRejection, shared(Bytes(8, 1)), nullptr, std::nullopt});
  seeds.add("frame", 0, onward());
  seeds.add("frame", 0, exchange::control_frame(schemas::MessageKind::kPing, schemas::encode(schemas::Ping{1, {}})));

  // Statements that the registry takes.
  const schemas::Agreement next = world.agreement(AgreementId("tax-again"), tax, DatasetId("civil-affairs/household"),
                                                  {"name"}, DutyId("tax-deduction"));
  const schemas::AgreementState suspended{AgreementId("tax-household"), schemas::AgreementChange::kSuspend,
                                          ReasonId("changed")};
  const schemas::Duty duty{exchange::testing::text("new"), exchange::testing::text("source"), tax};
  const auto draw = [&](const std::string& subject, schemas::StatementBody body, const MemberId& by,
                        schemas::Role role) {
    seeds.add("registry", 0, schemas::encode(world.draw(subject, std::move(body), by, role)));
  };
  draw("tax-again", next, tax, schemas::Role::kUser);
  draw("tax-household/state", suspended, MemberId("civil-affairs"), schemas::Role::kOwner);
  draw("new-duty", duty, World::kRoot, schemas::Role::kRootManager);
  draw("civil-affairs",
       schemas::PolicySet{"forbid (principal, action, resource in Dataset::\"civil-affairs/household\");",
                          World::kStart, std::nullopt},
       MemberId("civil-affairs"), schemas::Role::kOwner);
}

void log(Seeds& seeds) {
  const fuzz::SampleLog log;
  seeds.add("log", 0, log.note);
  seeds.add("log", 1, crypto::format_checkpoint(log.checkpoint));
  for (const std::uint64_t index : {0, 255, 299}) seeds.add("log", 2, exchange::format_receipt(log.receipt(index)));
  std::string padded = exchange::format_receipt(log.receipt(255));
  padded.replace(padded.find("index 255"), 9, "index 0255");
  seeds.add("log", 2, padded);
  crypto::Note cosigned{crypto::format_checkpoint(log.checkpoint), {}};
  cosigned.signatures.push_back(
      crypto::cosign(cosigned.text, "steelyard.test/witness", log.key, fuzz::SampleLog::kCosignedAt));
  seeds.add("log", 7, crypto::format_note(cosigned));
  seeds.add("log", 8, Bytes{0, 0});
  seeds.add("log", 8, Bytes{2, 9});
  seeds.add("log", 8, Bytes(100, 45));
  seeds.add("log", 3, crypto::to_text(log.key.public_key()));
  const Bytes zeros(64, 0);
  for (const int reader : {4, 5, 6}) seeds.add("log", reader, zeros);
  seeds.add("log", 4, Bytes{0, 0, 0, 0, 0, 0, 0, 9, 0, 9, 0, 200, 1, 0, 0});
  seeds.add("log", 5, Bytes{1, 0, 0, 77, 1, 0, 0});
  seeds.add("log", 6, Bytes(17, 0xff));
  seeds.add("log", 6, Bytes{64, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1});
  seeds.add("log", 6, Bytes{40, 0, 0, 0, 255, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 9, 9});

  const Bytes& body = log.bodies.front();
  seeds.add("rows", 0, body);
  Bytes row(32 + 6 + 2 + 16, 3);
  append(row, body);
  seeds.add("rows", 1, row);
  Bytes bundle(2 + 8 + 8 + 64, 0);
  bundle[0] = 9;
  append(bundle, Bytes{3, 't', 'a', 'x', 0xff, 0});
  append(bundle, Bytes(Digest::kSize, 5));
  seeds.add("rows", 2, bundle);
  Bytes once{2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 't', 'a', 'x'};
  append(once, Bytes(32 + 1 + 6 + 6 + 32 + 8, 1));
  seeds.add("rows", 3, once);
  seeds.add("rows", 5, Bytes(2 * Digest::kSize, 5));
  exchange::DecidedBy decided_by;
  decided_by.policies = {{LogIndex(7), 0}, {LogIndex(9), 2}};
  seeds.add("rows", 14, exchange::encode(decided_by, Salt{}));
  Bytes ledger{1, 1};
  append(ledger, Bytes(8 + 8 + 32 + 16 + 8 + 8 + 32 + 4, 2));
  append(ledger, Bytes{1, 0, 0});
  append(ledger, Bytes(64, 4));
  append(ledger, Bytes{3, 0, 't', 'a', 'x', 3, 0, 'a', '/', 'b', 0, 0, 0, 0});
  seeds.add("rows", 6, ledger);
  seeds.add("rows", 7, Bytes(8 + Digest::kSize, 6));
  Bytes kept(Salt::kSize, 1);
  append(kept, Bytes{3, 0, 1, 2, 3, 2, 0, 0, 0, 4, 5, 6});
  seeds.add("rows", 8, kept);
  Bytes exchange{2, 0, 0, 0, 1, 2, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0};
  append(exchange, Bytes(2 * Digest::kSize, 7));
  seeds.add("rows", 9, exchange);
}

// What fuzz_stores.cc does to each of its stores: nothing; to one row and another; to four at once.
void damages(Seeds& seeds) {
  for (const int reader : {0, 1, 2, 3, 4}) {
    seeds.add("stores", reader, Bytes{0, 0});
    for (std::uint8_t table = 0; table < 7; ++table)
      for (std::uint8_t how = 0; how < 5; ++how)
        seeds.add("stores", reader, Bytes{0, 3, table, 0, 2, how, 0, 40, 1, 9, 9, 9, 9, 9, 9, 9, 9});
    Bytes four{0, 0};
    for (std::uint8_t i = 0; i < 4; ++i) append(four, Bytes{i, 0, i, 7, 0, static_cast<std::uint8_t>(10 * i), 128});
    seeds.add("stores", reader, four);
  }
}

// A broker's frames: all statements with their promises, in order; the answer; and lies, as fuzz_client.cc and
// fuzz_consumer.cc tell them.
void lies(Seeds& seeds) {
  const std::size_t statements = World::city().statements().size();
  constexpr std::uint8_t kHonest = 15;
  for (const std::uint8_t first_lie : {0, 1, 2, 3, 4, 15}) {
    Bytes frames;
    for (std::size_t i = 0; i < 2 * statements + 2; ++i) {
      if (i % 8 == 0) append(frames, Bytes{1, 7});
      append(frames,
             Bytes{static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i), i == 9 ? first_lie : kHonest});
      if (i == 9 && first_lie < 3) append(frames, Bytes{0, 60, 1});
    }
    seeds.add("client", 0, frames);
  }
  // Promises held, a checkpoint that covers some, its tiles; then a larger one, and one of the other tree.
  const Bytes holds{3, 0, 10, 1, 3, 0, 250, 1, 3, 2, 0, 1};
  for (const auto& rest :
       {Bytes{0, 1, 1, 44, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 88, 7, 0, 0, 0, 0, 0, 0, 0, 0},
        Bytes{0, 1, 1, 44, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 88, 7, 1, 0, 1, 0, 1, 0, 1, 0},
        Bytes{0, 0, 1, 44, 7, 1, 0, 1, 0, 1, 0, 1, 0, 6, 5, 90, 1, 0, 1, 1, 44}, Bytes{2, 8, 1, 2, 3, 4, 5, 6, 7, 8},
        Bytes{0, 1, 1, 44, 7, 0, 1, 4, 0, 0, 0, 0, 5, 7, 0, 0, 0, 0, 6, 7, 90, 1}}) {
    Bytes ops = holds;
    append(ops, rest);
    seeds.add("client", 1, ops);
  }
  // Two promises of one index, and a tile that agrees with the false one.
  seeds.add("client", 1, Bytes{3, 0, 10, 1, 3, 0, 10, 0, 0, 1, 1, 44, 7, 0, 2, 0, 2, 0, 2});
  for (const std::uint8_t how : {0, 1, 2, 3, 5})
    for (const std::uint8_t lie : {15, 0, 5, 6, 7, 8}) {
      Bytes lies;
      for (std::uint8_t i = 0; i < 3; ++i) append(lies, Bytes{lie, 0, static_cast<std::uint8_t>(90 * i), 4});
      seeds.add("consumer", how, lies);
    }
}

void sealed(Seeds& seeds) {
  seeds.add("seal", 0, Bytes(32 + 8 + 64 + 16, 1));
  Bytes inner(64, 0);
  inner[32] = 5;
  seeds.add("seal", 1, inner);
  inner.resize(4096 + 512);
  inner[32] = 0xd0;
  inner[33] = 0x11;
  seeds.add("seal", 1, inner);
  seeds.add("seal", 2, Bytes(200, 9));
}

void policies(Seeds& seeds) {
  seeds.add("policy", 0, read("deploy/policies/baseline.cedar"));
  seeds.add("validation", 0, read("deploy/policies/baseline.cedar"));
  const std::string schema =
      "entity M; entity C in [M] = { name: String, grade?: Long, of: M, at?: { n: Long, t?: Long } } tags String;"
      "entity K enum [\"a\", \"b\"]; action all; action look in [all] appliesTo { principal: [C, M], resource: [C], "
      "context: { now: datetime, kind: K, from?: ipaddr } };";
  for (const std::string policy :
       {"permit (principal is C in M::\"a\", action in Action::\"all\", resource) when { principal has at.t && "
        "principal.at.t + principal.at.n > 3 && context.kind == K::\"a\" };",
        "forbid (principal, action, resource) when { principal has grade && principal.grade < 3 || "
        "resource.hasTag(\"a\") "
        "&& resource.getTag(\"a\") like \"b*\" } unless { context has from && context.from.isInRange(ip(\"::1/8\")) };",
        "permit (principal, action == Action::\"look\", resource) when { (if principal is C then principal.of else "
        "M::\"b\") in [M::\"a\", resource.of] && context.now.offset(duration(\"1h\")) >= datetime(\"2026-01-01\") };"})
    seeds.add("validation", 1, schema + '\0' + policy);
  seeds.add("registry", 2, "forbid (principal, action, resource in Dataset::\"civil-affairs/household\");");
  for (const auto& file : fs::recursive_directory_iterator("core/exchange/golden"))
    if (file.path().extension() == ".cedar") seeds.add("policy", 0, read(file.path()));
  seeds.add("policy", 0,
            "@id(\"x\") permit (principal == Member::\"tax\", action in [Action::\"read\"], resource is Field in "
            "Dataset::\"civil-affairs/household\") when { resource.sensitivity < 3 && principal has name } unless { "
            "resource.identifier }; forbid (principal in Group::\"city\", action, resource) when { "
            "context.a.b == principal.getTag(\"t\") || resource.tags.contains(\"x\") };");
  for (const char* expression :
       {"context.s like \"x\\**\" && [1, -9223372036854775808].contains(context.a.b)",
        "ip(\"::1/64\").isInRange(context.a.ip) || decimal(\"1.25\").lessThan(decimal(\"2.5\"))",
        "{a: 1, \"b c\": [true, \"\\u{1F600}\"]}.a == (if principal in Group::\"city\" then 1 else 2 * 3 - -4)",
        "datetime(\"2026-11-23T09:42:28.123+0800\").offset(duration(\"-1d2h3m4s5ms\")).toDate()",
        "resource is Field && resource has tags.x && !(principal.name == \"a\") && [].isEmpty()"})
    seeds.add("policy", 1, expression);
  for (const auto& file : fs::directory_iterator("deploy/policies"))
    for (const int reader : {1, 2, 3})
      if (file.path().extension() == ".cedar") seeds.add("language", reader, read(file.path()));
  for (const char* text :
       {"// c\n@a @id(\"x\") permit(principal is User in ?principal, action in [Action::\"read\",], resource == "
        "?resource)\n"
        "unless { context has a.b && principal.getTag(\"t\") == 7 } // d\n;",
        "permit(principal, action, resource in Folder::\"d\") when { principal in [Group::\"staff\", principal.e] || "
        "context.n + 1 < 2 }; forbid(principal in Group::\"all\", action == Action::\"view\", resource is File) when { "
        "principal.r.b like \"x\\**\" && resource.s.containsAny([1, \"y\"]) };",
        "forbid(principal, action, resource) when { if context.ip.isInRange(ip(\"10.0.0.0/8\")) then -(1) == --1 else "
        "{a: [], \"b c\": context}[\"b c\"].a is User in Group::\"all\" };"})
    for (const int reader : {1, 2, 3}) seeds.add("language", reader, std::string(reader == 2 ? "\x20\x02" : "") + text);
  seeds.add(
      "language", 0,
      R"({"templates":{"t":{"effect":"permit","principal":{"op":"==","slot":"?principal"},"action":{"op":"in",)"
      R"("entities":[{"type":"Action","id":"a"}]},"resource":{"op":"is","entity_type":"A::B","in":{"slot":)"
      R"("?resource"}},"conditions":[{"kind":"unless","body":{"has":{"left":{"Var":"context"},"attr":["a","b c"]}}},)"
      R"({"kind":"when","body":{"like":{"left":{"Value":"x"},"pattern":["Wildcard",{"Literal":"a*"}]}}}],)"
      R"("annotations":{"id":"x","note":null}}},"staticPolicies":{},"templateLinks":[{"templateId":"t",)"
      R"("newId":"l","values":{"?principal":{"type":"U","id":"u"},"?resource":{"type":"R","id":"r"}}}]})");
  seeds.add(
      "language", 0,
      R"({"effect":"forbid","principal":{"op":"All"},"action":{"op":"All"},"resource":{"op":"in","entity":{"type":)"
      R"("A","id":"b"}},"conditions":[{"kind":"when","body":{"&&":{"left":{"Value":[1,{"a":{"__extn":{"fn":"ip",)"
      R"("arg":"::1"}}}]},"right":{"if-then-else":{"if":{"!":{"arg":{"neg":{"arg":{"Value":-1}}}}},"then":)"
      R"({"Set":[{"Record":{"a b":{"decimal":[{"Value":"1.0"}]}}}]},"else":{"is":{"left":{".":{"left":{"Var":)"
      R"("principal"},"attr":"x"}},"entity_type":"T","in":{"Value":{"__entity":{"type":"T","id":"y"}}}}}}}}}}]})");
  seeds.add("json", 0, R"({"a":[1,-2.50e-3,"é\n",true,null,{}],"b":9223372036854775808})");
  seeds.add("json", 1, R"({"a":{"__extn":{"fn":"ip","arg":"::1"}},"b":[{"__entity":{"type":"Member","id":"tax"}},1]})");
  seeds.add("json", 1, R"({"__entity":{"type":"A::B ","id":"x"}})");
  seeds.add("json", 2,
            R"([{"uid":{"type":"A","id":"x"},"attrs":{"a":{"__extn":{"fn":"decimal","arg":"1.5"}}},)"
            R"("parents":[{"type":"B","id":"y"}],"tags":{"t":"u"}}])");
}

void cedar_schemas(Seeds& seeds) {
  const std::string shop =
      "@doc(\"things\") namespace Shop { type Money = { amount: decimal, \"in\"?: Set<__cedar::String> };\n"
      "entity Guest, Customer in [Group, Shop::Group] = { paid: Money, from?: ipaddr, boss?: Customer } tags "
      "Set<Long>;\n"
      "entity Group in Group; entity Colour enum [\"red\", \"\\u{1F600}\"];\n"
      "action all; action buy, \"look at\" in [all, Shop::Action::\"all\"] appliesTo { principal: [Guest, Customer],\n"
      "resource: Group, context: { by?: Customer, at: datetime, @a c: { d: { e: Set<Set<Bool>> } } }, }; }";
  for (const std::string& text :
       {read("schemas/steelyard.cedarschema"), shop,
        std::string("entity ipaddr; type EntityOrCommon = {}; namespace N { entity Long; }")}) {
    seeds.add("schema", 0, text);
    seeds.add("schema", 1, json::dump(policy::schema::to_json(*policy::schema::parse_schema(text))));
  }
  seeds.add("schema", 1,
            R"({"N":{"entityTypes":{"A":{"shape":{"type":"Record","attributes":{"x":{"type":"Entity","name":"A"},)"
            R"("y":{"type":"Extension","name":"ipaddr"},"z":{"type":"T","required":false},"b":{"type":"Boolean"}}}}},)"
            R"("commonTypes":{"T":{"type":"Set","element":{"type":"Long"}}},"actions":{"a":{"memberOf":[{"id":"b"}]},)"
            R"("b":{"appliesTo":{"principalTypes":["A"],"resourceTypes":["N::A"],"context":{"type":"Record",)"
            R"("attributes":{}}}}},"annotations":{"a":"b"}}})");
  seeds.add("schema", 2,
            shop + std::string(1, '\0') +
                R"([{"uid":{"type":"Shop::Customer","id":"u"},"parents":[{"type":"Shop::Group","id":"g"}],)"
                R"("attrs":{"paid":{"amount":"1.5"},"from":{"fn":"ip","arg":"::1"},"boss":{"type":"Shop::Customer",)"
                R"("id":"b"}},"tags":{"t":[1,2]}},{"uid":{"type":"Shop::Action","id":"buy"},"attrs":{},)"
                R"("parents":[{"type":"Shop::Action","id":"all"}]}])");
}

constexpr const char* kIdentity =
    "member = \"tax\"\nendpoint = \"tcp://127.0.0.1:7401\"\n"
    "broker_key = \"curve:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\"\n"
    "genesis = \"0707070707070707070707070707070707070707070707070707070707070707\"\n"
    "message_key = \"message.key\"\ntransport_key = \"transport.key\"\nseal_key = \"seal.key\"\nstate = \"state\"\n";
constexpr const char* kBroker =
    "listen = \"tcp://127.0.0.1:7401\"\nstore = \"store\"\nhead = \"h\"\nindex = \"i\"\nmap_bytes = \"1GiB\"\n"
    "bundle_key = \"bundle.key\"\nlog_key = \"log.key\"\ntransport_key = \"transport.key\"\nlog_level = \"info\"\n"
    "operators = \"127.0.0.1:9401\"\n[operators_tls]\ncertificate = \"c\"\nkey = \"log.key\"\nclient_ca = \"a\"\n";
constexpr const char* kDatasetFile =
    "[dataset]\nid = \"civil-affairs/household\"\nduty = \"d\"\nsystem = \"s\"\ntitle_zh = \"a\"\ntitle_en = \"b\"\n"
    "sharing_class = \"conditional\"\nrows_max = 100\n[[field]]\nname = \"id\"\ntype = \"string\"\nmeaning_zh = \"a\"\n"
    "meaning_en = \"b\"\nsensitivity = 4\nidentifier = true\nnullable = false\n";
constexpr const char* kAgreementFile =
    "[agreement]\nid = \"a\"\nuser = \"tax\"\nowner = \"o\"\nmanager = \"m\"\ndataset = \"o/d\"\nfields = [\"name\"]\n"
    "actions = [\"query\"]\npurposes = [\"p\"]\nlegal_basis = \"b\"\nuser_duty = \"d\"\nrows_max = 1\n"
    "valid_from = 2026-01-01\nvalid_until = 2027-01-01T00:00:00Z\n";

void files(Seeds& seeds) {
  seeds.add("config", 0, kBroker);
  seeds.add("config", 1, kIdentity);
  for (const auto& file : fs::recursive_directory_iterator("deploy/registers"))
    if (file.path().extension() == ".toml") seeds.add("config", 2, read(file.path()));
  seeds.add("config", 3, kDatasetFile);
  seeds.add("config", 4, kAgreementFile);
  // Zeros for a key: no file of the tree may look like a private one.
  seeds.add("config", 5, "steelyard-key:v1:ed25519:" + to_base64(Bytes(32, 0)) + "\n");
  std::string adapter = kIdentity;
  adapter.replace(adapter.find("tax"), 3, "civil-affairs");
  seeds.add("config", 6,
            adapter +
                "maps = [\"household.toml\"]\noperators = \"127.0.0.1:7403\"\nprove = false\n"
                "source_timeout = \"2s\"\nlog_level = \"debug\"\n");
  seeds.add("config", 6, adapter + "[[dataset]]\nmap = \"household.toml\"\n[[dataset]]\nmap = \"nowhere.toml\"\n");
  const World world = World::city();
  const MemberId tax("tax");
  seeds.add("config", 7, cli::public_keys_text({tax, world.keys(tax).list()}));
  seeds.add("config", 8,
            cli::network_text({World::kOrigin, world.registry().network(), 1, "tcp://127.0.0.1:7401",
                               world.broker().transport.public_key(), world.broker().log.public_key()}));
  seeds.add("config", 9, "member = \"tax\"\noffice_key = \"office.key\"\n");
  const TestDir dir;
  for (const auto& statement : world.statements()) {
    const std::string path = dir / std::to_string(seeds.count());
    if (cli::write_statement(path, statement)) seeds.add("config", 10, read(path));
  }
  seeds.add("config", 11,
            R"({"homes":["a","b"],"consumers":1,"first_owner":1,"rows":200,)"
            R"("agreements":[{"user":0,"dataset":"b/d","agreement":"a00000","rank":3}]})");
  seeds.add("config", 12, "tax-household\nother");
  seeds.add("config", 12, "tax-household\nNo Name");
  const std::string heading = "名称,代码,提供方,信息项,字段名,数据类型,共享类型,更新周期\r\n";
  seeds.add("config", 13,
            heading + "户籍,HJ/1,民政局,\"姓名、生日\",name、born,字符型(20)、日期型,有条件共享,每日\r\n");
  seeds.add("config", 13,
            "\xef\xbb\xbf" + heading + "户籍,hj,民政局,姓名,,C,不予共享,每年\n,,,\"\"\"生\"\"日\",,D,,\n");
}

void values(Seeds& seeds) {
  for (const char* text : {"AAECAw==", "00ff", "01890a5d-ac96-774b-bcce-b302099a8057"}) seeds.add("values", 0, text);
  seeds.add("values", 1, "civil-affairs/household");
  for (const char* text : {"2026-11-23T09:48+08+08:00", "2026-11-23T09:42:28.000123Z", "2026-11-23T09:42:28+08:00",
                           "2026-11-23", "2026-11-23 18:30:00"})
    seeds.add("values", 2, text);
  for (const char* text : {"10.0.0.0/8", "fe80::1/64", "-12.3400", "1d2h3m4s5ms", "2026-11-23T09:42:28.123+0800"})
    seeds.add("values", 3, text);
  seeds.add("values", 4, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  // Types are 1 + the octet before the two values, which a newline parts.
  for (const std::string_view text : {"\x03-12.340\n7", "\x03-0.00\n0",
                                      "\x05"
                                      "2026-11-23",
                                      "\x06"
                                      "2026-11-23\n2024-02-29",
                                      "\x06"
                                      "0000-12-31\n9999-12-31",
                                      "\x07"
                                      "2026-11-23T18:30:00Z\n2024-02-29 01:02:03",
                                      "\x07"
                                      "0000-12-31T23:59:59Z\n0001-01-01"})
    seeds.add("values", 5, text);
  seeds.add("values", 6, "a \"column\"");
  seeds.add("values", 7, "a*b*\naxbyb");
  // A field's type follows from its letter.
  for (const char* text : {"h=true", "i>=-42", "j!=1.5e3", "k in 1.50, 2", "l = x y", "m=AAE=", "n<2026-11-23",
                           "o<=2026-11-23T18:30:00+08:00"})
    seeds.add("values", 8, text);

  std::string question;
  for (const std::string_view part :
       {"1.0", "7", "steelyard", "127.0.0.1", "", "CURVE", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"})
    question.append(1, static_cast<char>(part.size())).append(part);
  seeds.add("zap", 0, question);
  seeds.add("zap", 1, std::string("\0a", 2));
  seeds.add("zap", 2, "tcp://[::1]:7401");
  seeds.add("http", 0, "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  seeds.add("http", 0, "POST /x?y=%41#z HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nab");
  seeds.add("http", 0, "GET http://a/healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
  seeds.add("http", 1, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
  seeds.add("http", 1, "HTTP/1.1 503 no\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
  seeds.add("http", 2, "[::1]:9401");
  for (const std::uint8_t reader : {3, 4}) {
    seeds.add("http", reader, "GET /v1/catalog HTTP/1.1\r\nHost: localhost:7404\r\nAuthorization: Bearer a\r\n\r\n");
    seeds.add("http", reader,
              "POST /v1/query/a/b HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: fuzz-seeds OUT, from the root of the tree\n";
    return 2;
  }
  Seeds seeds{argv[1]};
  messages(seeds);
  network(seeds);
  log(seeds);
  sealed(seeds);
  policies(seeds);
  cedar_schemas(seeds);
  files(seeds);
  values(seeds);
  damages(seeds);
  lies(seeds);
  std::cout << seeds.count() << " seeds\n";
  return seeds.count() > 100 ? 0 : 1;
}
