#include <algorithm>

#include "core/exchange/registry_fold.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::KeyUse;
using schemas::name_of;
using schemas::Role;
using schemas::StatementSignature;

crypto::PublicKey public_key(const schemas::Key& key) {
  return {static_cast<crypto::Algorithm>(key.algorithm), key.octets};
}

std::string describe(const StatementSignature& signature) {
  return "the signature of " + quoted(signature.member.text) + " as " + std::string(name_of(signature.role)) +
         " by key " + to_hex(signature.key.view());
}

tl::unexpected<Error> bad_signature(const std::string& what) {
  return fail(schemas::error_of(schemas::code::bad_signature, what));
}

bool among(const std::vector<StatementSignature>& signatures, const Signer& signer) {
  return std::any_of(signatures.begin(), signatures.end(), [&](const StatementSignature& signature) {
    return signature.role == signer.role && signature.member == signer.member;
  });
}

}  // namespace

Result<crypto::VerifyingKey> Fold::brought_key(const StatementSignature& signature, bool& found) const {
  for (const BroughtKey& brought : brought_) {
    const crypto::PublicKey key = public_key(*brought.key);
    if (brought.role != signature.role || brought.member != signature.member || key.id() != signature.key) continue;
    found = true;
    return crypto::VerifyingKey::decode(key);
  }
  found = false;
  return fail(ErrorKind::kRefused, "not brought by this statement");
}

Status Fold::check_signature(const StatementSignature& signature) const {
  const crypto::Suite& suite = *registry_.suite_;
  bool found = false;
  auto brought = brought_key(signature, found);
  if (found) {
    if (!brought) return bad_signature(describe(signature) + ": " + brought.error().what);
    if (verify_statement_signature(suite, in_.digest, signature, *brought)) return {};
    return bad_signature(describe(signature) + " does not verify");
  }
  const MemberRecord* member = registry_.member(signature.member);
  const RegisteredKey* key = member == nullptr ? nullptr : member->key(signature.key);
  if (key == nullptr) return bad_signature(describe(signature) + ": no such key is registered to it");
  if (signature.role == Role::kRecovery && key->use != KeyUse::kRecovery)
    return bad_signature(describe(signature) + ": that is not the recovery key");
  if (signature.role != Role::kRecovery && key->use != KeyUse::kOffice)
    return bad_signature(describe(signature) + ": that is a " + std::string(name_of(key->use)) +
                         " key, and only office keys sign statements");
  if (!key->valid_at(in_.index)) return bad_signature(describe(signature) + ": the key was replaced");
  if (!verify_statement_signature(suite, in_.digest, signature, *key->verifying))
    return bad_signature(describe(signature) + " does not verify");
  return {};
}

Status Fold::signed_by_one_of(std::initializer_list<Signers> ways) {
  if (in_.trusted) return {};
  TRY_ASSIGN(const auto signatures, schemas::decode<std::vector<StatementSignature>>(*in_.signatures));
  TRY(check_signers(signatures, ways));  // by name, which costs nothing
  for (const StatementSignature& signature : signatures) TRY(check_signature(signature));
  return {};
}

Status Fold::check_signers(const std::vector<StatementSignature>& signatures,
                           std::initializer_list<Signers> ways) const {
  const Signer author{head().role, head().author};
  const Signer* missing = nullptr;
  for (const Signers& way : ways) {
    const auto absent =
        std::find_if(way.begin(), way.end(), [&](const Signer& signer) { return !among(signatures, signer); });
    if (absent != way.end()) {
      if (missing == nullptr) missing = &*absent;
    } else if (std::find(way.begin(), way.end(), author) != way.end()) {
      return {};
    }
  }
  if (missing == nullptr)
    return refused("its author " + quoted(author.member.text) + " as " + std::string(name_of(author.role)) +
                   " is none of those who must sign it");
  return refused("the signature of " + quoted(missing->member.text) + " as " + std::string(name_of(missing->role)) +
                 " is missing");
}

}  // namespace steelyard::exchange
