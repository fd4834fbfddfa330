#include <set>
#include <string>

#include <gtest/gtest.h>

#include "schemas/errors.h"
#include "schemas/kinds.h"
#include "schemas/payload.h"

namespace steelyard::schemas {
namespace {

template <class Enum>
std::size_t different_names() {
  std::set<std::string_view> names;
  for (int number = 0; number < 256; ++number)
    if (const auto name = name_of(static_cast<Enum>(number)); !name.empty()) names.insert(name);
  return names.size();
}

TEST(Kinds, EveryNumberHasANameOfItsOwn) {
  EXPECT_EQ(different_names<MessageKind>(), 20U);
  EXPECT_EQ(different_names<Action>(), 5U);
  EXPECT_EQ(different_names<AnswerStatus>(), 5U);
  EXPECT_EQ(different_names<StatementKind>(), 14U);
  EXPECT_EQ(different_names<Role>(), 6U);
  EXPECT_EQ(different_names<KeyUse>(), 8U);
  EXPECT_EQ(different_names<EntryKind>(), 6U);
  EXPECT_EQ(different_names<SharingClass>(), 3U);
  EXPECT_EQ(different_names<VocabularyKind>(), 3U);
  EXPECT_EQ(different_names<AgreementChange>(), 3U);
  EXPECT_EQ(different_names<ValueType>(), 8U);
}

TEST(Kinds, NamesLeadBackToTheirNumbers) {
  for (int number = 1; number <= 5; ++number)
    EXPECT_EQ(action_named(name_of(static_cast<Action>(number))), static_cast<Action>(number));
  for (int number = 1; number <= 8; ++number)
    EXPECT_EQ(key_use_named(name_of(static_cast<KeyUse>(number))), static_cast<KeyUse>(number));
  EXPECT_EQ(sharing_class_named("not-shared"), SharingClass::kNotShared);
  EXPECT_EQ(value_type_named("timestamp").value(), ValueType::kTimestamp);
  EXPECT_FALSE(action_named("Query"));
  EXPECT_FALSE(action_named(""));
  EXPECT_FALSE(value_type_named(""));
}

TEST(Errors, EveryRowIsFoundByItsCode) {
  std::set<std::string_view> slugs;
  for (int number = 0; number < 65'536; ++number) {
    const ErrorRow* row = error_row(static_cast<ErrorCode>(number));
    if (row == nullptr) continue;
    EXPECT_EQ(row->code, number);
    EXPECT_TRUE(slugs.insert(row->slug).second) << row->slug;
    EXPECT_FALSE(row->zh.empty() || row->en.empty());
    EXPECT_NE(row->en.back(), '.') << row->en;
    EXPECT_TRUE(row->http_status >= 400 && row->http_status < 600) << row->slug;
    EXPECT_TRUE(row->exit_code >= 1 && row->exit_code < 64) << row->slug;
  }
  std::size_t rows = 0;
#define STEELYARD_ERROR(number, kind, name, slug, http, exit, retry, zh, en) ++rows;
#include "schemas/errors.def"
#undef STEELYARD_ERROR
  EXPECT_EQ(slugs.size(), rows);
}

TEST(Errors, AnErrorOfARowSaysWhatAndWhere) {
  const Error error = error_of(code::no_agreement, "civil-affairs/household");
  EXPECT_EQ(error.kind, ErrorKind::kRefused);
  EXPECT_EQ(error.code, 101);
  EXPECT_EQ(error.what, "no agreement covers this: civil-affairs/household");
  EXPECT_EQ(exit_code_of(error), 3);
  EXPECT_EQ(error_of(code::busy).what, "busy: retry after the delay");
}

TEST(Errors, ACodeWithoutARowStillMakesAnError) {
  EXPECT_EQ(error_row(999), nullptr);
  EXPECT_EQ(error_of(999, "x").what, "error 999: x");
  EXPECT_EQ(exit_code_of({ErrorKind::kStop, 0, "disk gone"}), 6);
  EXPECT_EQ(exit_code_of({ErrorKind::kFix, 0, "wrong"}), 2);
}

}  // namespace
}  // namespace steelyard::schemas
