#include "cli/statement_file.h"

#include <filesystem>

#include "cli/statement_fixture.h"
#include "core/base/test_dir.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

class StatementFiles : public StatementTest {
 protected:
  std::string at(const std::string& name) const { return join(dir_, name); }
  std::string said(const std::string& text) {
    std::filesystem::remove(at("s"));
    EXPECT_TRUE(write_text(at("s"), text));
    const auto read = read_statement(at("s"));
    return read ? "read" : read.error().what;
  }

  const TestDir folder_;
  const std::string dir_ = folder_.path();
};

TEST_F(StatementFiles, WhatWasWrittenComesBack) {
  exchange::StatementBytes statement{drawn(kOwner, Role::kOwner), {}};
  ASSERT_TRUE(sign_as(office(kOwner), statement));
  ASSERT_TRUE(write_statement(at("s"), statement));
  const auto back = read_statement(at("s"));
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->document, statement.document);
  EXPECT_EQ(back->signatures, statement.signatures);
}

TEST_F(StatementFiles, AnotherFileIsNeverWrittenOver) {
  const exchange::StatementBytes statement{drawn(kOwner, Role::kOwner), {}};
  ASSERT_TRUE(write_text(at("s"), "something else"));
  EXPECT_FALSE(write_statement(at("s"), statement));
  EXPECT_EQ(as_text(*store::read_file(at("s"), 100)), "something else");
  EXPECT_TRUE(write_statement(at("s"), statement, true));
}

TEST_F(StatementFiles, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_EQ(said("{\n\"format\": ,\n}").rfind(at("s") + ":2:", 0), 0U);
  EXPECT_NE(said("{\"format\": \"other\"}").find("not a statement file"), std::string::npos);
  EXPECT_NE(said("{\"format\": \"steelyard-statement/v1\"}").find("`document`"), std::string::npos);
  EXPECT_NE(said("{\"format\": \"steelyard-statement/v1\", \"document\": \"AAAA\", \"signatures\": \"\"}"), "read");
}

}  // namespace
}  // namespace steelyard::cli
