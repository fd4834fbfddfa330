#include "core/exchange/bundle.h"

#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/crypto/hash.h"
#include "core/exchange/digest.h"
#include "core/exchange/frame_layout.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kBundleLabel = "steelyard/bundle/v1\0"sv;

// What a bundle's signature is over (docs/formats/bundle.md).
Bytes signed_octets(const crypto::Suite& suite, std::string_view origin, std::string_view author, const KeyId& key,
                    std::size_t size, const Digest& root) {
  CHECK(origin.size() <= 255 && author.size() <= 255);
  Bytes octets;
  octets.reserve(kBundleLabel.size() + 3 + origin.size() + author.size() + KeyId::kSize + 4 + Digest::kSize);
  append(octets, as_bytes(kBundleLabel));
  put_le(octets, static_cast<std::uint8_t>(suite.id));
  put_le(octets, static_cast<std::uint8_t>(origin.size()));
  append(octets, as_bytes(origin));
  put_le(octets, static_cast<std::uint8_t>(author.size()));
  append(octets, as_bytes(author));
  append(octets, key.view());
  put_le(octets, static_cast<std::uint32_t>(size));
  append(octets, root.view());
  return octets;
}

// Of the messages that have no proof, in their order.
std::vector<Digest> own_digests(const crypto::Suite& suite, std::span<const OutMessage> messages) {
  std::vector<MessageParts> unknown;
  for (const OutMessage& message : messages) {
    CHECK(message.envelope);
    if (message.proof || message.digest) continue;
    unknown.push_back({message.kind, *message.envelope, message.payload ? ByteView(*message.payload) : ByteView()});
  }
  const std::vector<Digest> made = message_digests(suite, unknown);
  std::vector<Digest> digests;
  digests.reserve(messages.size());
  auto next = made.begin();
  for (const OutMessage& message : messages)
    if (!message.proof) digests.push_back(message.digest ? *message.digest : *next++);
  return digests;
}

// Of a frame's messages with a proof or without, in their order.
std::vector<Digest> digests_of(const crypto::Suite& suite, const Frame& frame, bool proven) {
  std::vector<MessageParts> messages;
  messages.reserve(frame.messages.size());
  for (const FrameMessage& message : frame.messages)
    if (message.proof.has_value() == proven) messages.push_back({message.kind, message.envelope, message.payload});
  return message_digests(suite, messages);
}

crypto::Signature sign_digests(const crypto::Suite& suite, std::string_view origin, std::string_view author,
                               const crypto::SigningKey& key, std::span<const Digest> digests) {
  const Digest root = crypto::tree_root(suite, digests);
  return key.sign(signed_octets(suite, origin, author, key.id(), digests.size(), root));
}

tl::unexpected<Error> bad_signature(std::string_view what) {
  return fail(schemas::error_of(schemas::code::bad_signature, what));
}
tl::unexpected<Error> proof_invalid(std::string_view what) {
  return fail(schemas::error_of(schemas::code::proof_invalid, what));
}

}  // namespace

bool verify_bundle_signature(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                             const crypto::VerifyingKey& key, std::uint32_t size, const Digest& root,
                             ByteView signature) {
  return key.verify(signed_octets(suite, origin, author.text, key.id(), size, root), signature);
}

Bytes sign_member_frame(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                        const crypto::SigningKey& key, std::span<const OutMessage> messages) {
  for (const OutMessage& message : messages) CHECK(!message.proof && layout::may_stand_in_member_frame(message.kind));
  const std::vector<Digest> digests = own_digests(suite, messages);
  return layout::write_bundle_frame(FrameSort::kMember, key.id(),
                                    sign_digests(suite, origin, author.text, key, digests), messages);
}

Bytes sign_broker_frame(const crypto::Suite& suite, std::string_view origin, const crypto::SigningKey& key,
                        std::span<const OutMessage> messages) {
  for (const OutMessage& message : messages)
    CHECK(message.proof ? layout::is_members(message.kind) : layout::may_stand_in_broker_frame(message.kind));
  const std::vector<Digest> digests = own_digests(suite, messages);
  if (digests.empty()) return layout::write_bundle_frame(FrameSort::kBroker, KeyId{}, crypto::Signature{}, messages);
  return layout::write_bundle_frame(FrameSort::kBroker, key.id(), sign_digests(suite, origin, origin, key, digests),
                                    messages);
}

Proof VerifiedBundle::proof_of(std::size_t index) const {
  CHECK(index < digests.size());
  return {
      author,          key, static_cast<std::uint16_t>(index), static_cast<std::uint16_t>(digests.size()), signature,
      tree.path(index)};
}

Result<VerifiedBundle> open_bundle(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                                   const crypto::VerifyingKey& key, const Frame& frame) {
  if (frame.sort == FrameSort::kControl)
    return fail(schemas::error_of(schemas::code::malformed, "a control frame bears no bundle"));
  if (frame.key != key.id()) return bad_signature("the bundle names another key");
  std::vector<Digest> digests = digests_of(suite, frame, false);
  if (digests.empty()) return bad_signature("the frame has no message of its own author");
  crypto::BundleTree tree(suite, digests);
  if (!key.verify(signed_octets(suite, origin, author.text, key.id(), digests.size(), tree.root()), frame.signature))
    return bad_signature("bundle of " + author.text);
  return VerifiedBundle{author, key.id(), frame.signature, std::move(digests), std::move(tree)};
}

std::vector<Digest> forwarded_digests(const crypto::Suite& suite, const Frame& frame) {
  return digests_of(suite, frame, true);
}

BundleVerifier::Recent* BundleVerifier::recent_of(const Proof& proof) {
  for (Recent& recent : recent_)
    if (recent.signature == proof.signature && recent.size == proof.size && recent.key == proof.key &&
        recent.author == proof.author)
      return &recent;
  return nullptr;
}

Status BundleVerifier::verify(const Digest& digest, const Proof& proof, const crypto::VerifyingKey& key) {
  if (proof.key != key.id()) return proof_invalid("the proof names another key");
  if (proof.size == 0 || proof.size > limits::kFrameMessagesMax) return proof_invalid("size of the bundle");
  const Digest leaf = crypto::leaf_hash(*suite_, digest.view());
  Recent* recent = recent_of(proof);
  if (recent != nullptr && recent->nodes.leads_to_root(leaf, proof.index, proof.path)) return {};
  const auto root = crypto::root_from_inclusion(*suite_, leaf, proof.index, proof.size, proof.path);
  if (!root) return proof_invalid(root.error().what);
  TRY(verify_root(*root, proof, key));
  if (recent != nullptr) return {};
  recent_.push_front({proof.author, proof.key, proof.size, proof.signature, ProvenNodes(*suite_, proof.size)});
  recent_.front().nodes.learn(leaf, proof.index, proof.path);
  if (recent_.size() > kRecentMax) recent_.pop_back();
  return {};
}

Status BundleVerifier::verify_root(const Digest& root, const Proof& proof, const crypto::VerifyingKey& key) {
  Bytes size;
  put_le(size, static_cast<std::uint32_t>(proof.size));
  const Digest name = crypto::hash(*suite_, {key.id().view(), size, root.view(), proof.signature});
  if (const auto of_author = remembered_.find(proof.author);
      of_author != remembered_.end() && of_author->second.known.count(name) != 0)
    return {};

  ++signatures_checked_;
  if (!key.verify(signed_octets(*suite_, origin_, proof.author.text, key.id(), proof.size, root), proof.signature))
    return bad_signature("bundle of " + proof.author.text);
  Remembered& remembered = remembered_[proof.author];
  if (remembered.order.size() >= kRememberedMax) {
    remembered.known.erase(remembered.order.front());
    remembered.order.pop_front();
  }
  remembered.known.insert(name);
  remembered.order.push_back(name);
  return {};
}

}  // namespace steelyard::exchange
