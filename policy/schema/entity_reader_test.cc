#include "policy/schema/entity_reader.h"

#include <gtest/gtest.h>

#include <iostream>

#include "policy/entity_json.h"
#include "policy/schema/resolve.h"
#include "policy/testing/vectors.h"
#include "policy/validation/request_entity_validator.h"

namespace steelyard::policy::schema {
namespace {

namespace fs = std::filesystem;
using testing::Archive;
using testing::must;
using testing::read;

const validation::Schema& schema() {
  static const validation::Schema made = *schema_from_cedar(R"(
    entity Group in Group;
    entity User in Group = { age?: Long, boss?: User, from?: ipaddr, since?: datetime, team?: Set<User>,
                             home?: { street: String, tax?: decimal }, name?: String, did?: Action, likes?: Colour,
                             hosts?: Set<ipaddr>, new?: Bool } tags Set<ipaddr>;
    entity Page; entity Form = { need: Long };
    entity Colour enum ["red"];
    action all; action read in all;
    action view in read appliesTo { principal: User, resource: Page, context: { from?: ipaddr, by?: User, n?: Long } };)");
  return made;
}

// The value of `name` of User::"u", or what is wrong with it.
std::string read_as(const std::string& name, const std::string& value) {
  const auto entities = entities_from_json(
      R"([{"uid": {"type": "User", "id": "u"}, "parents": [], "attrs": {")" + name + R"(": )" + value + "}}]",
      schema());
  if (!entities) return entities.error().what;
  return to_source(*entities->find(EntityUid("User", "u"))->attributes.find(name));
}
std::string error_of(const std::string& entities) {
  const auto read = entities_from_json("[" + entities + "]", schema());
  return read ? "" : read.error().what;
}
const std::string kUser = "entity `User::\"u\"`: ";

TEST(EntityReader, AnObjectIsAnEntityWhereTheSchemaSaysSo) {
  EXPECT_EQ(read_as("boss", R"({"type": "User", "id": "x"})"), "User::\"x\"");
  EXPECT_EQ(read_as("boss", R"({"__entity": {"type": "User", "id": "x"}})"), "User::\"x\"");
  EXPECT_EQ(read_as("team", R"([{"type": "User", "id": "x"}, {"__entity": {"type": "User", "id": "x"}}])"),
            "[User::\"x\"]");
  EXPECT_EQ(read_as("did", R"({"type": "Action", "id": "view"})"), "Action::\"view\"");
  EXPECT_EQ(read_as("boss", R"("User::\"x\"")"),
            kUser + "attribute `boss`: expected an entity `User` as {\"type\", \"id\"}, found a string");
  EXPECT_NE(read_as("boss", R"({"type": "Page", "id": "x"})").find("expected `User`, found an entity of type `Page`"),
            std::string::npos);
  EXPECT_NE(read_as("team", R"({"type": "User", "id": "x"})").find("expected an array"), std::string::npos);
}

TEST(EntityReader, ATextIsAnExtensionValueWhereTheSchemaSaysSo) {
  for (const char* written :
       {R"("10.0.0.1")", R"({"fn": "ip", "arg": "10.0.0.1"})", R"({"fn": "ip", "args": ["10.0.0.1"]})",
        R"({"__extn": {"fn": "ip", "arg": "10.0.0.1"}})"})
    EXPECT_EQ(read_as("from", written), "ip(\"10.0.0.1\")") << written;
  EXPECT_EQ(read_as("hosts", R"(["10.0.0.0/8", "10.0.0.0/8"])"), R"x([ip("10.0.0.0/8")])x");
  EXPECT_EQ(read_as("home", R"({"street": "a", "tax": "1.50"})"), R"x({street: "a", tax: decimal("1.5000")})x");
  for (const char* later : {R"({"fn": "offset", "args": ["2026-01-01", "1h"]})",
                            R"({"fn": "offset", "args": [{"fn": "datetime", "arg": "2026-01-01"}, "1h"]})"})
    EXPECT_EQ(read_as("since", later), "datetime(\"2026-01-01T01:00:00.000Z\")") << later;
  EXPECT_EQ(read_as("name", R"("10.0.0.1")"), "\"10.0.0.1\"");
}

TEST(EntityReader, WhatCannotBeReadAsTheSchemaSaysIsAnError) {
  const auto wrong = [](const std::string& name, const std::string& value) {
    return read_as(name, value).substr(kUser.size() + name.size() + std::string("attribute ``: ").size());
  };
  EXPECT_EQ(wrong("from", "1"), "expected `ipaddr` as a string or {\"fn\", \"arg\"}, found an integer");
  EXPECT_EQ(wrong("from", R"({"__expr": "ip"})"),
            "expected `ipaddr` as a string or {\"fn\", \"arg\"}, found an object");
  EXPECT_EQ(wrong("from", R"({"fn": "ipp", "arg": "::1"})"), "there is no function `ipp`");
  EXPECT_EQ(wrong("from", R"({"fn": "ip", "args": ["::1", "::1"]})"), "`ip` takes no more than 1 arguments");
  EXPECT_EQ(wrong("from", R"({"fn": "decimal", "arg": "1.0"})"), "expected `ipaddr`, found a value of type `decimal`");
  EXPECT_NE(wrong("from", R"("x")"), "");
  EXPECT_EQ(wrong("age", "null"), "null means nothing: leave out what has no value");
  EXPECT_EQ(wrong("age", R"("7")"), "expected `Long`, found a value of type `string`");
  EXPECT_EQ(wrong("new", "0"), "expected `Bool`, found a value of type `long`");
  EXPECT_EQ(wrong("agee", "7"), "the schema declares no such attribute of `User`: leave it out, or declare it");
  EXPECT_EQ(wrong("home", "{}"), "attribute `street` is required and missing");
  EXPECT_EQ(wrong("home", R"({"street": "a", "zip": 1})"),
            "attribute `zip` is not declared: leave it out, or declare it");
  EXPECT_EQ(wrong("home", R"({"street": null})"),
            "attribute `street`: null means nothing: leave out what has no value");
  EXPECT_EQ(wrong("did", R"({"type": "Action", "id": "none"})").substr(0, 24), "action `Action::\"none\"` ");
  EXPECT_NE(wrong("likes", R"({"type": "Colour", "id": "blue"})").find("is enumerated"), std::string::npos);
}

// A record type takes its attributes as they are called: what elsewhere wraps an entity is a name like any other there.
TEST(EntityReader, WrappersMeanNothingWhereARecordIsDeclared) {
  EXPECT_NE(
      read_as("home", R"({"__entity": {"type": "User", "id": "x"}})").find("attribute `__entity` is not declared"),
      std::string::npos);
}

TEST(EntityReader, EntitiesAreHeldToTheSchema) {
  const auto with = [](const std::string& type, const std::string& rest) {
    return R"({"uid": {"type": ")" + type + R"(", "id": "u"}, )" + rest + "}";
  };
  EXPECT_EQ(error_of(with("User", R"("attrs": {}, "parents": [{"type": "Group", "id": "g"}], "tags": {"t": ["::1"]})")),
            "");
  EXPECT_NE(error_of(with("User", R"("attrs": {}, "parents": [{"type": "Page", "id": "g"}])")).find("cannot be in"),
            std::string::npos);
  EXPECT_EQ(error_of(with("Page", R"("attrs": {}, "parents": [], "tags": {"t": 1})")),
            "entity `Page::\"u\"`: tag `t`: the schema declares no such tag of `Page`: leave it out, or declare it");
  EXPECT_NE(error_of(with("Book", R"("attrs": {}, "parents": [])")).find("`Book` is not declared"), std::string::npos);
  EXPECT_NE(error_of(with("Form", R"("attrs": {}, "parents": [])")).find("`need` is required and missing"),
            std::string::npos);
}

TEST(EntityReader, ActionsComeFromTheSchema) {
  const auto entities = entities_from_json("[]", schema());
  ASSERT_TRUE(entities) << entities.error().what;
  EXPECT_EQ(entities->size(), 3u);
  EXPECT_TRUE(entities->in(EntityUid("Action", "view"), EntityUid("Action", "all")));

  const auto action = [](const std::string& id, const std::string& parents, const std::string& attrs = "{}") {
    return R"({"uid": {"type": "Action", "id": ")" + id + R"("}, "attrs": )" + attrs + R"(, "parents": [)" + parents +
           "]}";
  };
  const std::string read = R"({"type": "Action", "id": "read"})", all = R"({"type": "Action", "id": "all"})";
  EXPECT_EQ(error_of(action("view", read + ", " + all)), "");
  EXPECT_EQ(error_of(action("view", read) + ", " + action("read", all)), "");
  // Told, but not as the schema has it.
  EXPECT_NE(error_of(action("view", read)), "");
  EXPECT_NE(error_of(action("view", "")), "");
  EXPECT_NE(error_of(action("all", "", R"({"x": 1})")), "");
  EXPECT_NE(error_of(action("none", "")), "");
}

TEST(EntityReader, ContextsAreReadByTheirAction) {
  const auto context = [](const std::string& text, const char* action = "view") {
    const auto read = context_from_json(*json::parse(text), EntityUid("Action", action), schema());
    return read ? to_source(*read) : read.error().what;
  };
  EXPECT_EQ(context(R"({"from": "10.0.0.1", "by": {"type": "User", "id": "u"}})"),
            R"x({by: User::"u", from: ip("10.0.0.1")})x");
  EXPECT_EQ(context("{}", "all"), "{}");
  EXPECT_EQ(context(R"({"n": 1})", "all"), "context: attribute `n` is not declared: leave it out, or declare it");
  EXPECT_EQ(context(R"({"n": "1"})"), "context: attribute `n`: expected `Long`, found a value of type `string`");
  EXPECT_EQ(context("[]"), "context: expected an object, found an array");
  EXPECT_EQ(context("{}", "none"), "action `Action::\"none\"` is not declared in the schema");
}

struct Tally {
  std::size_t cases = 0, conforming = 0, contexts = 0, conforming_contexts = 0;
};

// Published cases wrap all that a value cannot say itself: by the schema they must be read as without one.
void check_case(const fs::path& root, const fs::path& path, Tally& tally) {
  const json::Value spec = must(json::parse(read(path)), "case");
  const auto file = [&](std::string_view key) { return read(root / must(spec.string_at(key), "case")); };
  const validation::Schema declared = must(schema_from_cedar(file("schema")), "schema");
  const Entities plain = must(policy::entities_from_json(file("entities")), "entities");
  const auto directed = entities_from_json(file("entities"), declared);
  ++tally.cases;
  EXPECT_EQ(directed.has_value(), validation::validate_entities(plain, declared).has_value());
  if (directed) {
    ++tally.conforming;
    for (const EntityUid& uid : plain.uids()) {
      EXPECT_EQ(directed->find(uid)->attributes, plain.find(uid)->attributes);
      EXPECT_EQ(directed->find(uid)->tags, plain.find(uid)->tags);
      EXPECT_TRUE(directed->find(uid)->same_ancestors(*plain.find(uid)));
    }
    for (const auto& [action, entry] : declared.actions) EXPECT_NE(directed->find(action), nullptr);
  }
  for (const json::Value& request : *must(spec.array_at("requests"), "requests")) {
    const EntityUid action = must(entity_uid_from_json(*must(request.at("action"), "action")), "action");
    const auto* entry = declared.find(action);
    const json::Value& written = *must(request.at("context"), "context");
    const Value context = must(value_from_json(written), "context");
    const bool valid = entry != nullptr && validation::validate_value(context, entry->context, declared);
    const auto by_schema = context_from_json(written, action, declared);
    ++tally.contexts;
    tally.conforming_contexts += valid;
    EXPECT_EQ(by_schema.has_value(), valid);
    if (by_schema) {
      EXPECT_EQ(*by_schema, context);
    }
  }
}

TEST(EntityReader, PublishedEntitiesAreTheSameWithAndWithoutTheirSchema) {
  if (!Archive::exists("corpus.tar.gz")) GTEST_SKIP() << "left out: " << testing::kVectors << " has no corpus.tar.gz";
  const Archive corpus("corpus.tar.gz");
  ASSERT_TRUE(corpus.unpacked());
  Tally tally;
  for (const auto& entry : fs::directory_iterator(corpus.folder() / "corpus-tests")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".json") || name.ends_with(".entities.json")) continue;
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, name);
    try {
      check_case(corpus.folder(), entry.path(), tally);
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  std::cout << tally.conforming << " of " << tally.cases << " sets of entities conform, " << tally.conforming_contexts
            << " of " << tally.contexts << " contexts\n";
  EXPECT_GE(tally.cases, 4'947u);
  EXPECT_GE(tally.conforming, 1'000u);
  EXPECT_GE(tally.conforming_contexts, 1'000u);
}

}  // namespace
}  // namespace steelyard::policy::schema
