#include "cli/report.h"

#include <gtest/gtest.h>

#include <sstream>

#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

TEST(Report, TheErrorComesFirstThenWhatToDo) {
  std::ostringstream out;
  EXPECT_EQ(report(out, Output::kTable, schemas::error_of(schemas::code::unknown_dataset, "a/b")), 3);
  EXPECT_EQ(out.str().rfind("steelyard: the dataset is not in the catalogue: a/b\n  to do: ", 0), 0U) << out.str();
  EXPECT_NE(out.str().find("(unknown-dataset, 108)"), std::string::npos);
}

TEST(Report, AsJsonItIsOneObjectInOneLine) {
  std::ostringstream out;
  EXPECT_EQ(report(out, Output::kJson, {ErrorKind::kFix, 0, "a\nb \x1b[31m"}), 2);
  const auto value = json::parse(out.str());
  ASSERT_TRUE(value) << value.error().what;
  ASSERT_NE(value->find("error"), nullptr);
  const json::Value& error = *value->find("error");
  EXPECT_EQ(*error.string_at("slug"), "config");
  EXPECT_EQ(*error.integer_at("exit"), 2);
  EXPECT_EQ(*error.string_at("what"), "a b \xEF\xBF\xBD[31m");
  EXPECT_EQ(out.str().find('\n'), out.str().size() - 1);
}

TEST(Report, ACodeOfALaterVersionIsStillSaid) {
  std::ostringstream out;
  EXPECT_EQ(report(out, Output::kJson, {ErrorKind::kRefused, 999, "new"}), 3);
  EXPECT_NE(out.str().find("\"code\":999"), std::string::npos) << out.str();
}

}  // namespace
}  // namespace steelyard::cli
