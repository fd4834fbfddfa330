#include "cli/documents.h"

#include <gtest/gtest.h>

#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr const char* kDataset = R"([dataset]
id = "civil-affairs/household"
duty = "household-register"
system = "residents"
title_zh = "户籍"
title_en = "Households"
update_cycle = "daily"
sharing_class = "conditional"
rows_max = 100

[[field]]
name = "id_number"
type = "string"
meaning_zh = "公民身份号码"
meaning_en = "identity number"
sensitivity = 4
identifier = true
nullable = false

[[field]]
name = "birth_date"
type = "date"
meaning_zh = "出生日期"
meaning_en = "date of birth"
)";

constexpr const char* kAgreement = R"([agreement]
id = "tax-relief"
user = "tax"
owner = "civil-affairs"
manager = "data-bureau"
dataset = "civil-affairs/household"
fields = ["id_number", "birth_date"]
purposes = ["tax-relief"]
legal_basis = "tax-law-15"
user_duty = "income-tax"
valid_until = 2030-01-01
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos);
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

template <class Read>
std::string error_of(const std::string& text, Read read) {
  auto file = config::parse(text, "given.toml");
  if (!file) return file.error().what;
  auto made = read(*file);
  return made ? "" : made.error().what;
}
std::string dataset_error(const std::string& text) { return error_of(text, read_dataset); }
std::string agreement_error(const std::string& text) {
  return error_of(text, [](config::Table& file) { return read_agreement(file, Instant{1'790'000'000'000'000}); });
}

TEST(DatasetFile, IsReadWithDefaults) {
  auto file = config::parse(kDataset, "given.toml");
  ASSERT_TRUE(file.has_value());
  const auto made = read_dataset(*file);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_EQ(made->dataset.text, "civil-affairs/household");
  EXPECT_EQ(made->format, "table");
  EXPECT_EQ(made->method, "query");
  EXPECT_EQ(made->sharing_class, schemas::SharingClass::kConditional);
  EXPECT_EQ(made->rows_max, 100U);
  ASSERT_EQ(made->fields.size(), 2U);
  EXPECT_TRUE(made->fields[0].identifier);
  EXPECT_FALSE(made->fields[0].nullable);
  EXPECT_EQ(made->fields[0].sensitivity, 4);
  EXPECT_EQ(made->fields[1].type, schemas::ValueType::kDate);
  EXPECT_EQ(made->fields[1].sensitivity, 2);
  EXPECT_TRUE(made->fields[1].nullable);
}

TEST(DatasetFile, BadInputIsNamedByFileAndLine) {
  const std::string type = dataset_error(replaced(kDataset, "\"date\"", "\"day\""));
  EXPECT_EQ(type.rfind("given.toml:22:", 0), 0U) << type;
  EXPECT_NE(type.find("type`"), std::string::npos) << type;
  const std::string unknown = dataset_error(replaced(kDataset, "rows_max", "row_max"));
  EXPECT_EQ(unknown.rfind("given.toml:9:", 0), 0U) << unknown;
  EXPECT_NE(unknown.find("row_max"), std::string::npos) << unknown;
  EXPECT_NE(dataset_error(replaced(kDataset, "birth_date", "id_number")).find("twice"), std::string::npos);
  EXPECT_NE(dataset_error(replaced(kDataset, "\"civil-affairs/household\"", "\"household\"")), "");
  EXPECT_NE(dataset_error(replaced(kDataset, "sensitivity = 4", "sensitivity = 5")), "");
  EXPECT_NE(dataset_error(replaced(kDataset, "title_en = \"Households\"\n", "")).find("title_en"), std::string::npos);
}

TEST(DatasetFile, NeedsAField) {
  const std::string text(kDataset);
  EXPECT_NE(dataset_error(text.substr(0, text.find("[[field]]"))).find("[[field]]"), std::string::npos);
}

// What must be said of `line`, put where `at` stands in `text`.
std::string later_error(std::string (*error)(const std::string&), const char* text, const std::string& at,
                        const std::string& line) {
  return error(replaced(text, at, line + "\n" + at));
}

TEST(DatasetFile, WhatIsNotBuiltYetIsToldAsThat) {
  const auto in_dataset = [](const std::string& line) {
    return later_error(dataset_error, kDataset, "rows_max = 100", line);
  };
  for (const char* line : {"streams = 1", "stream = \"changes\"", "format = \"document\"", "method = \"transfer\""})
    EXPECT_NE(in_dataset(line).find("not built yet"), std::string::npos) << line << ": " << in_dataset(line);
  EXPECT_NE(dataset_error(std::string(kDataset) + "[stream]\nrows = 1\n").find("not built yet"), std::string::npos);
}

TEST(AgreementFile, WhatIsNotBuiltYetIsToldAsThat) {
  const auto in_agreement = [](const std::string& line) {
    return later_error(agreement_error, kAgreement, "legal_basis", line);
  };
  EXPECT_EQ(in_agreement("actions = [\"query\", \"verify\"]"), "");
  EXPECT_EQ(in_agreement("actions = [\"query\", \"match\"]"),
            "given.toml:9:11: `agreement.actions`: action `match` is not built yet: remove it");
}

TEST(DatasetFile, MasksStandOnTheirTypes) {
  const auto masked = [](const std::string& name) {
    return later_error(dataset_error, kDataset, "sensitivity = 4", "mask = \"" + name + "\"");
  };
  EXPECT_EQ(masked("keep-last-4"), "");
  EXPECT_EQ(masked("hide").rfind("given.toml:16:8: `field.mask`: there is no mask `hide`", 0), 0U) << masked("hide");
  EXPECT_NE(masked("year").find("does not stand on type string"), std::string::npos) << masked("year");
}

TEST(AgreementFile, MasksAreOfItsFields) {
  const auto masked = [](const std::string& masks) {
    return later_error(agreement_error, kAgreement, "legal_basis", "masks = " + masks);
  };
  EXPECT_EQ(masked("{id_number = \"keep-first-1\"}"), "");
  EXPECT_NE(masked("{id_number = \"hide\"}").find("`agreement.masks.id_number`: there is no mask"), std::string::npos);
  EXPECT_NE(masked("{phone = \"null\"}").find("`agreement.masks.phone`: is not one of"), std::string::npos);
  EXPECT_NE(masked("{id_number = 1}"), "");
  EXPECT_NE(masked("\"hash\""), "");
  auto file = config::parse(replaced(kAgreement, "legal_basis", "masks = {id_number = \"keep-first-1\"}\nlegal_basis"),
                            "given.toml");
  ASSERT_TRUE(file.has_value());
  const auto made = read_agreement(*file, Instant{});
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_EQ(made->masks, (std::vector<std::pair<FieldName, std::string>>{{FieldName("id_number"), "keep-first-1"}}));
}

TEST(AgreementFile, FilterAndQuotaAreRead) {
  const auto read = [](const std::string& lines) {
    auto file = config::parse(replaced(kAgreement, "legal_basis", lines + "\nlegal_basis"), "given.toml");
    return read_agreement(*file, Instant{});
  };
  const auto made = read("rows_per_day = 1000\nrow_filter = 'context.row.division like \"11*\"'");
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_EQ(made->rows_per_day, 1'000U);
  EXPECT_EQ(made->row_filter, "context.row.division like \"11*\"");
  EXPECT_NE(read("row_filter = \"true &&\\ntrue\"").error().what.find("on one line"), std::string::npos);
  EXPECT_NE(read("row_filter = \"" + std::string(9'000, ' ') + "\"").error().what.find("longer than"),
            std::string::npos);
  EXPECT_NE(read("rows_per_day = -1").error().what.find("out of range"), std::string::npos);
  EXPECT_EQ(made->day_offset_minutes, 480);
  EXPECT_EQ(read("day_offset = \"-03:30\"")->day_offset_minutes, -210);
  for (const char* wrong : {"8", "+8:00", "+05:31", "+14:15", "-14:15", "+05:60", "08:00+", "+0x:00"})
    EXPECT_NE(read("day_offset = \"" + std::string(wrong) + "\"").error().what.find("day_offset"), std::string::npos)
        << wrong;
}

TEST(DatasetFile, QuotaIsRead) {
  auto file = config::parse(
      replaced(kDataset, "rows_max = 100", "rows_per_day = 7\nday_offset = \"+00:00\"\nrows_max = 100"), "given.toml");
  ASSERT_TRUE(file.has_value());
  const auto made = read_dataset(*file);
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_EQ(made->rows_per_day, 7U);
  EXPECT_EQ(made->day_offset_minutes, 0);
}

TEST(AgreementFile, IsReadAndBeginsNowWithoutADate) {
  auto file = config::parse(kAgreement, "given.toml");
  ASSERT_TRUE(file.has_value());
  const auto made = read_agreement(*file, Instant{1'790'000'000'000'000});
  ASSERT_TRUE(made.has_value()) << made.error().what;
  EXPECT_EQ(made->agreement.text, "tax-relief");
  EXPECT_EQ(made->actions, std::vector<schemas::Action>{schemas::Action::kQuery});
  EXPECT_EQ(made->fields.size(), 2U);
  EXPECT_EQ(made->valid_from.us, 1'790'000'000'000'000);
  EXPECT_TRUE(made->valid_until.has_value());
}

TEST(AgreementFile, BadInputIsNamedByFileAndLine) {
  EXPECT_EQ(agreement_error(replaced(kAgreement, "[\"tax-relief\"]", "[]")).rfind("given.toml:8:", 0), 0U);
  EXPECT_EQ(agreement_error(replaced(kAgreement, "2030-01-01", "2020-01-01")).rfind("given.toml:11:", 0), 0U);
  const std::string bad = replaced(kAgreement, "user_duty", "actions = [\"copy\"]\nuser_duty");
  EXPECT_NE(agreement_error(bad).find("copy"), std::string::npos);
  EXPECT_NE(agreement_error(replaced(kAgreement, "owner = \"civil-affairs\"", "owner = \"Civil Affairs\"")), "");
}

}  // namespace
}  // namespace steelyard::cli
