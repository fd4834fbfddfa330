#include "core/exchange/statement.h"

#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "core/exchange/exchange_test_values.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::Role;

class Statements : public testing::WithSuite {
 protected:
  std::vector<schemas::StatementSignature> decoded(const StatementBytes& statement) const {
    return *schemas::decode<std::vector<schemas::StatementSignature>>(statement.signatures);
  }
  const Bytes document_ = to_bytes(as_bytes("a document"));
  const MemberId tax_{"tax"};
};
INSTANTIATE_TEST_SUITE_P(Suites, Statements, testing::both_suites(), testing::suite_name);

TEST_P(Statements, ASignatureHoldsForItsDocumentRoleAndKeyOnly) {
  const auto key = crypto::SigningKey::generate(suite());
  const auto verifying = *crypto::VerifyingKey::decode(key.public_key());
  const auto signature = sign_statement(suite(), document_, Role::kOwner, tax_, key);
  const Digest digest = statement_digest(suite(), document_);
  EXPECT_TRUE(verify_statement_signature(suite(), digest, signature, verifying));

  EXPECT_FALSE(verify_statement_signature(suite(), statement_digest(suite(), as_bytes("other")), signature, verifying));
  auto changed = signature;
  changed.role = Role::kManager;
  EXPECT_FALSE(verify_statement_signature(suite(), digest, changed, verifying));
  changed = signature;
  changed.key.octets[0] ^= 1;
  EXPECT_FALSE(verify_statement_signature(suite(), digest, changed, verifying));
  changed = signature;
  changed.signature[9] ^= 1;
  EXPECT_FALSE(verify_statement_signature(suite(), digest, changed, verifying));
  changed.signature.clear();
  EXPECT_FALSE(verify_statement_signature(suite(), digest, changed, verifying));
  const auto other = *crypto::VerifyingKey::decode(crypto::SigningKey::generate(suite()).public_key());
  EXPECT_FALSE(verify_statement_signature(suite(), digest, signature, other));
}

TEST_P(Statements, AddingTwiceReplacesAndOtherRolesStandBeside) {
  const auto key = crypto::SigningKey::generate(suite());
  StatementBytes statement{document_, {}};
  ASSERT_TRUE(add_signature(statement, sign_statement(suite(), document_, Role::kOwner, tax_, key)));
  ASSERT_TRUE(add_signature(statement, sign_statement(suite(), document_, Role::kManager, tax_, key)));
  ASSERT_TRUE(add_signature(statement, sign_statement(suite(), document_, Role::kOwner, tax_, key)));
  ASSERT_EQ(decoded(statement).size(), 2u);
  EXPECT_EQ(decoded(statement)[0].role, Role::kOwner);
  EXPECT_EQ(decoded(statement)[1].role, Role::kManager);
}

TEST_P(Statements, TheNumberOfSignaturesIsBounded) {
  StatementBytes statement{document_, {}};
  for (std::size_t i = 0; i <= limits::kSignaturesMax; ++i) {
    const auto added = add_signature(
        statement, sign_statement(suite(), document_, Role::kOwner, tax_, crypto::SigningKey::generate(suite())));
    ASSERT_EQ(added.has_value(), i < limits::kSignaturesMax);
    if (!added) {
      EXPECT_EQ(added.error().code, schemas::code::statement_refused);
    }
  }
}

TEST_P(Statements, SignaturesThatDoNotDecodeAreLeftAlone) {
  StatementBytes statement{document_, to_bytes(as_bytes("not a list"))};
  const auto key = crypto::SigningKey::generate(suite());
  EXPECT_FALSE(add_signature(statement, sign_statement(suite(), document_, Role::kOwner, tax_, key)));
  EXPECT_EQ(as_text(statement.signatures), "not a list");
}

}  // namespace
}  // namespace steelyard::exchange
