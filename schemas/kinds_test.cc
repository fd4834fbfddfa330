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
  EXPECT_EQ(different_names<Role>(), 7U);
  EXPECT_EQ(different_names<KeyUse>(), 8U);
  EXPECT_EQ(different_names<EntryKind>(), 8U);
  EXPECT_EQ(different_names<EventContent>(), 4U);
  EXPECT_EQ(different_names<RowOp>(), 2U);
  EXPECT_EQ(different_names<SharingClass>(), 3U);
  EXPECT_EQ(different_names<VocabularyKind>(), 3U);
  EXPECT_EQ(different_names<AgreementChange>(), 8U);
  EXPECT_EQ(different_names<Decision>(), 2U);
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
    EXPECT_FALSE(row->zh_do.empty() || row->en_do.empty()) << row->slug;
    EXPECT_NE(row->en_do, row->en) << row->slug;
    EXPECT_TRUE(row->http_status >= 400 && row->http_status < 600) << row->slug;
    EXPECT_TRUE(row->exit_code >= 1 && row->exit_code < 64) << row->slug;
  }
  std::size_t rows = 0;
#define STEELYARD_ERROR(number, kind, name, slug, http, exit, retry, zh, en, zh_do, en_do) ++rows;
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

TEST(Errors, WhatIsSaidToPeopleEndsWithWhatToDoInBothLanguages) {
  const std::string text = text_of(error_of(code::agreement_suspended, "tax-relief"));
  const ErrorRow& row = *error_row(code::agreement_suspended);
  for (const std::string_view piece : {row.en, row.en_do, row.zh, row.zh_do, row.slug})
    EXPECT_NE(text.find(piece), std::string::npos) << piece;
  EXPECT_EQ(text_of({ErrorKind::kRefused, 999, "unknown here"}), "unknown here");
}

TEST(Errors, AnErrorWithoutACodeHasTheRowOfItsKindAndTheSameExitCode) {
  for (const ErrorKind kind : {ErrorKind::kFix, ErrorKind::kLater, ErrorKind::kReconnect, ErrorKind::kStop}) {
    const Error error{kind, 0, "x"};
    ASSERT_NE(row_of(error), nullptr);
    EXPECT_EQ(row_of(error)->exit_code, exit_code_of(error));
  }
  EXPECT_EQ(row_of({ErrorKind::kFix, 0, "x"})->slug, "config");
}

TEST(Errors, ACodeWithoutARowStillMakesAnError) {
  EXPECT_EQ(error_row(999), nullptr);
  EXPECT_EQ(error_of(999, "x").what, "error 999: x");
  EXPECT_EQ(exit_code_of({ErrorKind::kStop, 0, "disk gone"}), 6);
  EXPECT_EQ(exit_code_of({ErrorKind::kFix, 0, "wrong"}), 2);
}

}  // namespace
}  // namespace steelyard::schemas
