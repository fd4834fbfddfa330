#include "core/exchange/bundle.h"

#include <cstring>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using std::string_view_literals::operator""sv;

Bytes signed_octets(const crypto::Suite& suite, std::string_view origin, const MemberId& author, const KeyId& key,
                    std::uint32_t size, const Digest& root) {
  Bytes octets;
  octets.reserve(192);
  append(octets, as_bytes("steelyard/bundle/v1\0"sv));
  octets.push_back(static_cast<std::uint8_t>(suite.id));
  octets.push_back(static_cast<std::uint8_t>(origin.size()));
  append(octets, as_bytes(origin));
  octets.push_back(static_cast<std::uint8_t>(author.text.size()));
  append(octets, as_bytes(author.text));
  append(octets, key.view());
  put_le(octets, size);
  append(octets, root.view());
  return octets;
}

ByteView view_of(const std::shared_ptr<const Bytes>& bytes) { return bytes ? ByteView(*bytes) : ByteView(); }

void put_proof(Bytes& to, const Proof& proof) {
  to.push_back(static_cast<std::uint8_t>(proof.author.text.size()));
  append(to, as_bytes(proof.author.text));
  append(to, proof.key.view());
  put_le(to, proof.index);
  put_le(to, proof.size);
  append(to, proof.signature);
  for (const Digest& digest : proof.path) append(to, digest.view());
}

// Header with room for key and signature, then the messages.
Bytes unsigned_frame(FrameSort sort, std::span<const OutMessage> messages) {
  std::size_t bytes = 78;
  for (const OutMessage& message : messages) bytes += message.framed_bytes();
  Bytes frame;
  frame.reserve(bytes);
  frame.push_back(kFrameVersion);
  frame.push_back(static_cast<std::uint8_t>(sort));
  put_le(frame, static_cast<std::uint16_t>(messages.size()));
  put_le(frame, std::uint16_t{0});
  frame.resize(frame.size() + KeyId::kSize + crypto::kSignatureBytes);
  for (const OutMessage& message : messages) {
    frame.push_back(static_cast<std::uint8_t>(message.kind));
    frame.push_back(message.proof ? 1 : 0);
    put_le(frame, std::uint16_t{0});
    put_le(frame, static_cast<std::uint32_t>(message.envelope->size()));
    put_le(frame, static_cast<std::uint32_t>(view_of(message.payload).size()));
    if (message.proof) put_proof(frame, *message.proof);
    append(frame, *message.envelope);
    append(frame, view_of(message.payload));
  }
  CHECK(frame.size() == bytes);
  return frame;
}

void sign_into(Bytes& frame, const crypto::Suite& suite, std::string_view origin, const MemberId& author,
               const crypto::SigningKey& key, std::span<const Digest> digests) {
  const Digest root = crypto::tree_root(suite, digests);
  const crypto::Signature signature = key.sign(
      signed_octets(suite, origin, author, key.id(), static_cast<std::uint32_t>(digests.size()), root));
  std::memcpy(frame.data() + 6, key.id().octets.data(), KeyId::kSize);
  std::memcpy(frame.data() + 6 + KeyId::kSize, signature.data(), signature.size());
}

}  // namespace

bool verify_bundle_signature(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                             const crypto::VerifyingKey& key, std::uint32_t size, const Digest& root,
                             ByteView signature) {
  return key.verify(signed_octets(suite, origin, author, key.id(), size, root), signature);
}

Bytes sign_member_frame(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                        const crypto::SigningKey& key, std::span<const OutMessage> messages) {
  CHECK(!messages.empty() && messages.size() <= limits::kFrameMessagesMax);
  Bytes frame = unsigned_frame(FrameSort::kMember, messages);
  std::vector<Digest> digests;
  digests.reserve(messages.size());
  for (const OutMessage& message : messages)
    digests.push_back(message_digest(suite, message.kind, *message.envelope, view_of(message.payload)));
  sign_into(frame, suite, origin, author, key, digests);
  return frame;
}

Bytes sign_broker_frame(const crypto::Suite& suite, std::string_view origin, const crypto::SigningKey& key,
                        std::span<const OutMessage> messages) {
  CHECK(!messages.empty() && messages.size() <= limits::kFrameMessagesMax);
  Bytes frame = unsigned_frame(FrameSort::kBroker, messages);
  std::vector<Digest> digests;
  for (const OutMessage& message : messages)
    if (!message.proof)
      digests.push_back(message_digest(suite, message.kind, *message.envelope, view_of(message.payload)));
  if (!digests.empty()) sign_into(frame, suite, origin, MemberId(std::string(origin)), key, digests);
  return frame;
}

Proof VerifiedBundle::proof_of(std::size_t index) const {
  Proof proof;
  proof.author = author;
  proof.key = key;
  proof.index = static_cast<std::uint16_t>(index);
  proof.size = static_cast<std::uint16_t>(digests.size());
  proof.signature = signature;
  proof.path = tree.path(index);
  return proof;
}

Result<VerifiedBundle> open_bundle(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                                   const crypto::VerifyingKey& key, const Frame& frame) {
  std::vector<Digest> digests;
  digests.reserve(frame.messages.size());
  for (const FrameMessage& message : frame.messages)
    if (!message.proof) digests.push_back(message_digest(suite, message.kind, message.envelope, message.payload));
  if (digests.empty()) return fail(schemas::error_of(schemas::code::malformed, "the frame has no bundle"));
  crypto::BundleTree tree(suite, digests);
  if (frame.key != key.id() ||
      !verify_bundle_signature(suite, origin, author, key, static_cast<std::uint32_t>(digests.size()), tree.root(),
                               frame.signature))
    return fail(schemas::error_of(schemas::code::bad_signature, "bundle of `" + author.text + "`"));
  return VerifiedBundle{author, frame.key, frame.signature, std::move(digests), std::move(tree)};
}

Status BundleVerifier::verify(const Digest& digest, const Proof& proof, const crypto::VerifyingKey& key) {
  if (proof.key != key.id()) return fail(schemas::error_of(schemas::code::unknown_key, "proof"));
  auto root = crypto::root_from_inclusion(*suite_, crypto::leaf_hash(*suite_, digest.view()), proof.index, proof.size,
                                          proof.path);
  if (!root) return fail(schemas::error_of(schemas::code::proof_invalid, root.error().what));
  const std::uint8_t size[2] = {static_cast<std::uint8_t>(proof.size), static_cast<std::uint8_t>(proof.size >> 8)};
  const Digest seen = crypto::hash(*suite_, {proof.key.view(), size, root->view(), proof.signature});
  Remembered& of_author = remembered_[proof.author];
  if (of_author.known.contains(seen)) return {};
  ++signatures_checked_;
  if (!verify_bundle_signature(*suite_, origin_, proof.author, key, proof.size, *root, proof.signature))
    return fail(schemas::error_of(schemas::code::bad_signature, "bundle of `" + proof.author.text + "`"));
  if (of_author.order.size() >= kRememberedMax) {
    of_author.known.erase(of_author.order.front());
    of_author.order.pop_front();
  }
  of_author.known.emplace(seen, true);
  of_author.order.push_back(seen);
  return {};
}

}  // namespace steelyard::exchange
