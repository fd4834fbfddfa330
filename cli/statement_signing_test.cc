#include "cli/statement_signing.h"

#include "cli/statement_fixture.h"
#include "schemas/codec.h"

namespace steelyard::cli {
namespace {

using StatementSigning = StatementTest;

TEST_F(StatementSigning, ADrawnUpDocumentExtendsTheLastVersion) {
  const auto statement = schemas::decode<schemas::Statement>(drawn(kOwner, Role::kOwner));
  ASSERT_TRUE(statement);
  const auto [version, digest] = world_.registry().last_version(StatementKind::kCatalogue, kHousehold.text);
  EXPECT_EQ(version, 1U);
  EXPECT_EQ(statement->head.version, 2U);
  EXPECT_EQ(statement->head.previous, digest);
  EXPECT_EQ(statement->head.network, world_.registry().network());
}

TEST_F(StatementSigning, EachOfficeSignsInItsOwnRight) {
  const auto catalogue = schemas::decode<schemas::Statement>(drawn(kOwner, Role::kOwner));
  ASSERT_TRUE(catalogue);
  EXPECT_EQ(roles_of(*catalogue, kOwner), std::vector{Role::kOwner});
  EXPECT_EQ(roles_of(*catalogue, kRoot), std::vector{Role::kManager});
}

TEST_F(StatementSigning, WhoHasNoRightOfItsOwnMustNameOne) {
  exchange::StatementBytes statement{draw_up(world_.registry(), StatementKind::kApplication, "new", kUser,
                                             Role::kMember, world_.now(), schemas::Application{kUser, {"x", "x"}}),
                                     {}};
  const Status signs = sign_as(office(kOwner), statement);
  ASSERT_FALSE(signs);
  EXPECT_NE(signs.error().what.find("--role"), std::string::npos) << signs.error().what;
  EXPECT_TRUE(statement.signatures.empty());
  EXPECT_FALSE(sign_as(office(kOwner), statement, "boss"));
  EXPECT_TRUE(sign_as(office(kUser), statement));
  EXPECT_TRUE(world_.registry().would_take(statement, world_.now()));
}

}  // namespace
}  // namespace steelyard::cli
