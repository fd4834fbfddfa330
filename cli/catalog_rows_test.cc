#include "cli/catalog_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/documents.h"

namespace steelyard::cli {
namespace {

using testing::HasSubstr;

const ImportPlan kPlan{"civil-affairs", "household-registration", "household", ""};
const std::string kHeading =
    "信息资源名称,信息资源代码,信息资源提供方,信息资源摘要,信息项名称,字段名,数据类型,共享类型,共享条件,更新周期,"
    "发布日期\n";

ImportedCatalogue imported(const std::string& text, const ImportPlan& plan = kPlan) {
  const auto records = read_csv(text);
  EXPECT_TRUE(records) << (records ? "" : records.error().what);
  return records ? import_catalogue(*records, plan) : ImportedCatalogue{};
}

schemas::Catalogue read(const DatasetFile& file) {
  auto table = config::parse(file.text, file.name);
  EXPECT_TRUE(table) << (table ? "" : table.error().what);
  if (!table) return {};
  auto made = read_dataset(*table);
  EXPECT_TRUE(made) << (made ? "" : made.error().what) << "\n" << file.text;
  return made ? *made : schemas::Catalogue{};
}

std::string all(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(CatalogueRows, OneRowForAnItemMakesOneFileForADataset) {
  const auto made = imported(
      kHeading +
      "户籍信息,307002/0001,民政局,\"户籍, \"\"常住\"\"\",身份证号,id_number,字符型,有条件共享,依协议,每日,2026-01-01\n"
      "户籍信息,307002/0001,民政局,,出生日期,birth_date,日期型,有条件共享,,每日,\n"
      "婚姻登记,307002/0002,民政局,,登记号,reg,字符型,无条件共享,,实时,\n");
  ASSERT_TRUE(made.problems.empty()) << all(made.problems);
  ASSERT_EQ(made.files.size(), 2u);
  EXPECT_EQ(made.files[0].name, "307002-0001.dataset.toml");
  const schemas::Catalogue household = read(made.files[0]);
  EXPECT_EQ(household.dataset.text, "civil-affairs/307002-0001");
  EXPECT_EQ(household.title.zh, "户籍信息");
  EXPECT_EQ(household.summary.zh, "户籍, \"常住\"");
  EXPECT_EQ(household.sharing_class, schemas::SharingClass::kConditional);
  EXPECT_EQ(household.conditions.zh, "依协议");
  EXPECT_EQ(household.update_cycle, "daily");
  ASSERT_EQ(household.fields.size(), 2u);
  EXPECT_EQ(household.fields[0].name.text, "id_number");
  EXPECT_EQ(household.fields[0].meaning.zh, "身份证号");
  EXPECT_EQ(household.fields[1].type, schemas::ValueType::kDate);
  EXPECT_EQ(read(made.files[1]).sharing_class, schemas::SharingClass::kUnconditional);
  EXPECT_THAT(all(made.notes), HasSubstr("`发布日期` is passed over"));
}

TEST(CatalogueRows, ItemsOfOneCellAreTakenApart) {
  const auto made = imported(
      "名称,代码,信息项,数据类型,共享类型,更新周期\n"
      "户籍,hj,姓名、性别；年龄,字符型、字符型、整型,不予共享,每年\n"
      "婚姻,hy,甲、乙,字符型C(20),无条件共享,不定期\n");
  ASSERT_TRUE(made.problems.empty()) << all(made.problems);
  const schemas::Catalogue first = read(made.files[0]);
  ASSERT_EQ(first.fields.size(), 3u);
  EXPECT_EQ(first.fields[2].name.text, "item_3");
  EXPECT_EQ(first.fields[2].type, schemas::ValueType::kInt64);
  EXPECT_EQ(first.sharing_class, schemas::SharingClass::kNotShared);
  EXPECT_EQ(read(made.files[1]).fields.size(), 2u);
}

TEST(CatalogueRows, MergedCellsSayWhatTheRowAboveSaid) {
  const auto made = imported(kHeading +
                             "户籍信息,hj,民政局,,身份证号,a,字符型,有条件共享,,每日,\n"
                             ",,,,姓名,b,字符型,,,,\n");
  ASSERT_TRUE(made.problems.empty()) << all(made.problems);
  ASSERT_EQ(made.files.size(), 1u);
  EXPECT_EQ(read(made.files[0]).fields.size(), 2u);
}

TEST(CatalogueRows, EachProblemIsToldWithItsLineAndColumn) {
  const std::string good = "户籍,hj,民政局,,号,a,字符型,有条件共享,,每日,\n";
  const std::tuple<std::string, std::string> wrong[] = {
      {good + "户籍,hj,民政局,,名,b,字符型,有条件共享,,每旬,\n", "3:更新周期: `每旬` is none of"},
      {good + "户籍,hj,民政局,,名,b,字符型,无条件共享,,每日,\n", "3:共享类型: `无条件共享` contradicts"},
      {good + "别名,hj,民政局,,名,b,字符型,有条件共享,,每日,\n", "3:信息资源名称: `别名` contradicts"},
      {good + "户籍,hj,民政局,,名,a,字符型,有条件共享,,每日,\n", "3:字段名: `a` stands twice"},
      {good + "户籍,hj,民政局,,名,b,图片,有条件共享,,每日,\n", "3:数据类型: `图片` is none of"},
      {good + "户籍,hj,民政局,,,b,字符型,有条件共享,,每日,\n", "3:信息项名称: the row names no"},
      {good + "户籍,户籍,民政局,,名,b,字符型,有条件共享,,每日,\n", "3:信息资源代码: `户籍` makes no id"},
      {good + "户籍,hj,税务局,,名,b,字符型,有条件共享,,每日,\n", "3:信息资源提供方: `税务局` beside `民政局`"},
      {good + "户籍,hj,民政局,,名,b,字符型,有条件共享,,每日,,多\n", "3:信息资源名称: the line has more cells"},
      {"婚姻,hy,民政局,,号,a,字符型,,,每日,\n", "2:共享类型: the dataset has none of"}};
  for (const auto& [rows, word] : wrong) {
    const auto made = imported(kHeading + rows);
    EXPECT_THAT(all(made.problems), HasSubstr(word)) << rows;
  }
  EXPECT_THAT(all(imported("名称,代码\n户籍,hj\n").problems), HasSubstr("1:数据类型: this column is missing"));
  EXPECT_THAT(all(imported("").problems), HasSubstr("the file is empty"));
}

TEST(CatalogueRows, RowsOfOneProviderAreTakenAlone) {
  ImportPlan plan = kPlan;
  plan.provider = "税务局";
  const auto made = imported(kHeading +
                                 "户籍,hj,民政局,,号,a,字符型,有条件共享,,每日,\n"
                                 "收入,sr,税务局,,号,a,字符型,有条件共享,,每月,\n",
                             plan);
  ASSERT_TRUE(made.problems.empty()) << all(made.problems);
  ASSERT_EQ(made.files.size(), 1u);
  EXPECT_EQ(made.files[0].name, "sr.dataset.toml");
}

TEST(CatalogueRows, TextThatLooksLikeTomlStaysText) {
  const auto made =
      imported(kHeading + "\"x\"\"\nduty = \"\"other\",hj,民政局,\"\\u0041\t\",号,a,字符型,有条件共享,,每日,\n");
  ASSERT_TRUE(made.problems.empty()) << all(made.problems);
  const schemas::Catalogue read_back = read(made.files[0]);
  EXPECT_EQ(read_back.duty.text, "household-registration");
  EXPECT_EQ(read_back.title.zh, "x\"\nduty = \"other");
  EXPECT_EQ(read_back.summary.zh, "\\u0041");
}

}  // namespace
}  // namespace steelyard::cli
