#include "adapters/applications/query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/exchange/testing/world.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using exchange::testing::World;
using ::testing::HasSubstr;
using ::testing::Not;
namespace code = schemas::code;
using schemas::Compare;
using schemas::ValueType;

const DatasetId kDataset("civil-affairs/typed");

// A dataset with a field of each type, named after it.
const exchange::Registry& registry() {
  static const World& world = [] {
    auto& made = *new World(World::city());
    schemas::Catalogue catalogue =
        World::catalogue(kDataset, DutyId("household-register"),
                         {"bool", "int64", "double", "decimal", "string", "bytes", "date", "timestamp"});
    catalogue.duty = made.registry().dataset(DatasetId("civil-affairs/household"))->statement.duty;
    for (schemas::CatalogueField& field : catalogue.fields) field.type = *schemas::value_type_named(field.name.text);
    made.add_dataset(catalogue);
    return std::cref(made);
  }();
  return world.registry();
}

Result<client::Query> read(const std::string& body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  return query_of({"POST", "/v1/query/civil-affairs/typed", std::move(headers), body}, schemas::Action::kQuery,
                  ApplicationId("tax-relief"), kDataset, registry());
}

std::string with(const std::string& more) { return R"({"fields":["string"],"purpose":"deduction",)" + more + "}"; }

Result<client::Query> read_condition(const std::string& condition) {
  return read(with(R"("conditions":[)" + condition + "]"));
}

Result<client::Query> read_value(const std::string& field, const std::string& value) {
  return read_condition(R"({"field":")" + field + R"(","op":"eq","value":)" + value + "}");
}

TEST(ApplicationQuery, IsReadWithAllThatItMaySay) {
  const auto query = read(
      R"({"fields":["string","date"],"purpose":"deduction","agreement":"tax-household","strict":true,"timeout_ms":5000,
          "conditions":[{"field":"int64","op":"ge","value":9007199254740993},
                        {"field":"string","op":"in","values":["a","b"]}]})",
      {{"steelyard-operator", "0417"}, {"steelyard-case", "案-1"}});
  ASSERT_TRUE(query.has_value()) << query.error().what;
  EXPECT_EQ(query->application, ApplicationId("tax-relief"));
  EXPECT_EQ(query->dataset, kDataset);
  EXPECT_EQ(query->fields, (std::vector<FieldName>{FieldName("string"), FieldName("date")}));
  EXPECT_EQ(query->agreement, AgreementId("tax-household"));
  EXPECT_TRUE(query->strict);
  EXPECT_EQ(query->life, seconds(5));
  EXPECT_EQ(query->operator_id, "0417");
  EXPECT_EQ(query->case_number, "案-1");
  ASSERT_EQ(query->parameters.size(), 2U);
  EXPECT_EQ(query->parameters[0].compare, Compare::kGe);
  EXPECT_EQ(query->parameters[0].values, std::vector<schemas::Value>{std::int64_t{9007199254740993}}) << "rounded";
  EXPECT_EQ(query->parameters[1].values.size(), 2U);
}

TEST(ApplicationQuery, TakesEachTypeInItsOwnForm) {
  const std::vector<std::pair<std::string, std::string>> good = {{"bool", "true"},
                                                                 {"int64", "-5"},
                                                                 {"double", "1.5"},
                                                                 {"double", "2"},
                                                                 {"decimal", "\"1.50\""},
                                                                 {"string", "\"名\""},
                                                                 {"bytes", "\"AAE=\""},
                                                                 {"date", "\"2026-02-28\""},
                                                                 {"timestamp", "\"2026-11-23T09:42:28+08:00\""}};
  for (const auto& [field, value] : good) EXPECT_TRUE(read_value(field, value).has_value()) << field << " " << value;
  const std::vector<std::pair<std::string, std::string>> bad = {{"bool", "1"},
                                                                {"bool", "\"true\""},
                                                                {"int64", "1.0"},
                                                                {"int64", "\"5\""},
                                                                {"int64", "1e3"},
                                                                {"int64", "9223372036854775808"},
                                                                {"double", "\"1.5\""},
                                                                {"decimal", "1.5"},
                                                                {"decimal", "\"1,5\""},
                                                                {"string", "5"},
                                                                {"bytes", "\"AAE\""},
                                                                {"date", "\"2026-02-30\""},
                                                                {"date", "\"2026-02-28T00:00:00Z\""},
                                                                {"timestamp", "\"2026-11-23\""},
                                                                {"timestamp", "1"},
                                                                {"string", "null"},
                                                                {"string", "[\"a\"]"},
                                                                {"string", "{}"}};
  for (const auto& [field, value] : bad) {
    const auto query = read_value(field, value);
    ASSERT_FALSE(query.has_value()) << field << " " << value;
    EXPECT_EQ(query.error().code, code::parameter_type) << field << " " << value;
  }
}

Result<client::Query> read_verify(const std::string& body) {
  return query_of({"POST", "/v1/verify/civil-affairs/typed", {{"steelyard-case", "7"}}, body}, schemas::Action::kVerify,
                  ApplicationId("tax-relief"), kDataset, registry());
}

TEST(ApplicationVerify, IsReadAsClaimsAndTheKeyOfARecord) {
  const auto query = read_verify(
      R"({"claims":[{"field":"int64","op":"ge","value":3},{"field":"string","op":"in","values":["a","b"]}],
          "conditions":[{"field":"decimal","op":"eq","value":"1.5"}],"purpose":"deduction","timeout_ms":5000})");
  ASSERT_TRUE(query.has_value()) << query.error().what;
  EXPECT_EQ(query->action, schemas::Action::kVerify);
  EXPECT_TRUE(query->fields.empty());
  ASSERT_EQ(query->claims.size(), 2U);
  EXPECT_EQ(query->claims[0].values, std::vector<schemas::Value>{std::int64_t{3}});
  EXPECT_EQ(query->claims[1].compare, Compare::kIn);
  ASSERT_EQ(query->parameters.size(), 1U);
  EXPECT_EQ(query->parameters[0].field, FieldName("decimal"));
  EXPECT_EQ(query->case_number, "7");
  EXPECT_EQ(query->life, seconds(5));
}

TEST(ApplicationVerify, HasNoKeysOfAQueryAndNoValuesInItsErrors) {
  for (const char* body : {R"({"fields":["string"],"claims":[],"conditions":[],"purpose":"deduction"})",
                           R"({"claims":[],"conditions":[],"purpose":"deduction","strict":true})",
                           R"({"claims":{},"conditions":[],"purpose":"deduction"})",
                           R"({"claims":["secret-1"],"conditions":[],"purpose":"deduction"})",
                           R"({"claims":[{"field":"string","op":"secret-1","value":"a"}],"purpose":"deduction"})"}) {
    const auto query = read_verify(body);
    ASSERT_FALSE(query.has_value()) << body;
    EXPECT_EQ(query.error().code, code::usage) << body;
    EXPECT_THAT(query.error().what, Not(HasSubstr("secret-1")));
  }
  const auto typed =
      read_verify(R"({"claims":[{"field":"int64","op":"eq","value":"secret-1"}],"purpose":"deduction"})");
  ASSERT_FALSE(typed.has_value());
  EXPECT_EQ(typed.error().code, code::parameter_type);
  EXPECT_THAT(typed.error().what, Not(HasSubstr("secret-1")));
  EXPECT_FALSE(read(with(R"("claims":[])")).has_value()) << "a query makes no claims";
}

TEST(ApplicationQuery, NeverRepeatsAValueInItsErrors) {
  for (const auto& query : {read_value("date", "\"secret-1\""), read(with("\"secret-1\":1")), read("{\"secret-1\""),
                            read_condition(R"({"field":"string","op":"secret-1","value":"a"})")}) {
    ASSERT_FALSE(query.has_value());
    EXPECT_THAT(query.error().what, Not(HasSubstr("secret-1")));
  }
}

TEST(ApplicationQuery, ThatDoesNotFitIsRefusedBeforeAnybodyIsAsked) {
  const std::string many(5'000, '[');
  for (const std::string& body :
       {std::string(), std::string("[]"), std::string("{}"),
        std::string(R"({"fields":"string","purpose":"deduction"})"),
        std::string(R"({"fields":["A B"],"purpose":"deduction"})"), std::string(R"({"fields":["string"]})"),
        std::string(R"({"fields":["string"],"purpose":"deduction","purpose":"statistics"})"), with(R"("limit":5)"),
        with(R"("timeout_ms":999)"), with(R"("timeout_ms":300001)"), with(R"("strict":1)"), with(R"("conditions":{})"),
        with(R"("agreement":"")"), with(R"("conditions":[1])"), with("\"conditions\":" + many)}) {
    const auto query = read(body);
    ASSERT_FALSE(query.has_value()) << body;
    EXPECT_EQ(query.error().code, code::usage) << body;
  }
  for (const char* condition :
       {R"({"field":"string","op":"eq"})", R"({"field":"string","op":"eq","values":["a"]})",
        R"({"field":"string","op":"in","value":"a"})", R"({"field":"string","op":"in","values":[]})",
        R"({"field":"string","op":"like","value":"a"})", R"({"field":"string","op":"eq","value":"a","x":1})"})
    EXPECT_FALSE(read_condition(condition).has_value()) << condition;
  EXPECT_EQ(read_value("absent", "1").error().code, code::unknown_field);
  EXPECT_FALSE(read(with(R"("strict":false)"), {{"steelyard-case", "\xff"}}).has_value());
  EXPECT_EQ(query_of({"POST", "", {}, "{}"}, schemas::Action::kQuery, ApplicationId("a"),
                     DatasetId("civil-affairs/none"), registry())
                .error()
                .code,
            code::unknown_dataset);
}

}  // namespace
}  // namespace steelyard::adapters
