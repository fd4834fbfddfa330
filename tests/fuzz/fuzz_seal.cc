// Sealed payloads: nothing opens that was not sealed; what a stranger seals by the rules but with any octets inside
// opens only as docs/formats/seal.md says; what we seal opens, and with one octet changed does not.
#include "core/exchange/seal.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "core/exchange/testing/world.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;

namespace {

struct Ends {
  const crypto::Suite& suite = crypto::suite(crypto::SuiteId::kStandard);
  exchange::testing::MemberKeys keys = exchange::testing::member_keys(suite, "civil-affairs");
  exchange::SealParties parties{"steelyard.test/city", MemberId("tax"), MemberId("civil-affairs"), keys.seal.id(),
                                schemas::MessageKind::kRequest};
  exchange::Sealer sealer{suite};
  exchange::Opener opener{suite};
  std::optional<crypto::SealingContext> stranger;
};

Ends& ends() {
  static Ends made;
  return made;
}

// `info` of docs/formats/seal.md, written down once more.
Bytes info() {
  const auto& parties = ends().parties;
  const auto kind = static_cast<std::uint8_t>(parties.kind);
  Bytes to = to_bytes(as_bytes("steelyard/seal/v1"));
  for (const ByteView part : {as_bytes(parties.origin), as_bytes(parties.author.text), as_bytes(parties.recipient.text),
                              parties.recipient_key.view(), ByteView(&kind, 1)}) {
    to.push_back(static_cast<std::uint8_t>(part.size()));
    append(to, part);
  }
  return to;
}

Result<Bytes> open(ByteView aad, ByteView sealed, const Commitment& commitment) {
  return ends().opener.open(ends().parties, ends().keys.seal, aad, sealed, commitment);
}

void anything(Input input) {
  const ByteView aad = input.take(input.below(64));
  CHECK(!open(aad, input.rest(), Commitment{}));
}

// What lies inside a sealed payload, made by somebody who knows the rules and breaks them.
void inside(Input input) {
  constexpr std::size_t kHead = PlainSalt::kSize + 4;
  Ends& to = ends();
  if (!to.stranger || to.stranger->ended())
    to.stranger.emplace(std::move(*crypto::SealingContext::open(to.suite, to.keys.seal.public_key(), info())));
  const ByteView inner = input.rest();
  std::uint64_t seq = 0;
  const auto ciphertext = to.stranger->seal({}, inner, seq);
  CHECK(ciphertext.has_value());
  Bytes sealed = to_bytes(to.stranger->enc());
  put_le(sealed, seq);
  append(sealed, *ciphertext);

  // Whether it opens, and as what, by the table of docs/formats/seal.md.
  bool good = inner.size() >= kHead;
  Commitment commitment;
  ByteView plaintext;
  if (good) {
    const std::size_t size = get_le<std::uint32_t>(inner.data() + PlainSalt::kSize);
    good = size <= inner.size() - kHead && exchange::padded_size(kHead + size) == inner.size();
    if (good) {
      plaintext = inner.subspan(kHead, size);
      const ByteView padding = inner.subspan(kHead + size);
      good = std::all_of(padding.begin(), padding.end(), [](std::uint8_t octet) { return octet == 0; });
      commitment = exchange::plaintext_commitment(to.suite, *PlainSalt::from(inner.first(PlainSalt::kSize)), plaintext);
    }
  }
  const auto opened = open({}, sealed, commitment);
  CHECK(opened.has_value() == good);
  if (opened) CHECK(equal(*opened, plaintext));
}

void ours(Input input) {
  Ends& to = ends();
  const auto change = input.number<std::uint8_t>();
  const auto place = input.number<std::uint32_t>();
  const ByteView aad = input.take(input.below(64));
  PlainSalt salt;
  const ByteView some = input.take(PlainSalt::kSize);
  std::copy(some.begin(), some.end(), salt.octets.begin());
  const Commitment commitment = exchange::plaintext_commitment(to.suite, salt, input.rest());
  auto sealed = to.sealer.seal(to.parties, to.keys.seal.public_key(), aad, salt, input.rest(), Duration{0});
  CHECK(sealed.has_value() && sealed->size() <= limits::kMessageBytesMax);
  const auto opened = open(aad, *sealed, commitment);
  CHECK(opened.has_value() && equal(*opened, input.rest()));
  if (change == 0) return;
  auto& octet = (*sealed)[place % sealed->size()];
  octet = static_cast<std::uint8_t>(octet ^ change);
  CHECK(!open(aad, *sealed, commitment));
}

constexpr void (*kReaders[])(Input) = {anything, inside, ours};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
