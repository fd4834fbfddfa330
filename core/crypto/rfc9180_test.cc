// RFC 9180, Appendix A, all sets of mode 0: shared secret, key schedule, every message both ways, every export.
#include <fstream>
#include <map>
#include <sstream>

#include <gtest/gtest.h>

#include "core/crypto/aead.h"
#include "core/crypto/kem.h"
#include "core/crypto/key_schedule.h"
#include "core/crypto/openssl.h"
#include "core/crypto/pkey.h"

namespace steelyard::crypto {
namespace {

constexpr char kFile[] = "../shared/vectors/hpke/rfc9180-appendix-a.txt";  // from the project's root

struct Message {
  std::uint64_t seq;
  Bytes plaintext, aad, nonce, ciphertext;
};
struct Export {
  Bytes context;
  std::size_t size;
  Bytes value;
};
struct Set {
  std::map<std::string, std::string> fields;
  std::vector<Message> messages;
  std::vector<Export> exports;

  int number(const std::string& name) const { return std::stoi(fields.at(name)); }
  Bytes octets(const std::string& name) const { return from_hex(fields.at(name)).value(); }
};

Bytes octets_of(const std::string& word) { return word == "-" ? Bytes{} : from_hex(word).value(); }

std::vector<Set> read_sets(std::istream& file) {
  std::vector<Set> sets;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string first;
    words >> first;
    if (first == "mode") sets.emplace_back();
    if (sets.empty() || first == "endsetup" || first.empty()) continue;
    if (first == "ENC") {
      std::string seq, pt, aad, nonce, ct;
      words >> seq >> pt >> aad >> nonce >> ct;
      sets.back().messages.push_back(
          {std::stoull(seq), octets_of(pt), octets_of(aad), octets_of(nonce), octets_of(ct)});
    } else if (first == "EXP") {
      std::string context, size, value;
      words >> context >> size >> value;
      sets.back().exports.push_back({octets_of(context), std::stoul(size), octets_of(value)});
    } else {
      words >> sets.back().fields[first];
    }
  }
  return sets;
}

struct Counts {
  int sets = 0, messages = 0, exports = 0;
};

void run(const Set& set, Counts& counts) {
  const SealMethod method{static_cast<Kem>(set.number("kem_id")), static_cast<Kdf>(set.number("kdf_id")),
                          static_cast<Aead>(set.number("aead_id"))};
  const Curve curve = method.kem == Kem::kX25519 ? Curve::kX25519
                      : method.kem == Kem::kP256 ? Curve::kP256
                                                 : Curve::kP521;
  const auto ephemeral = load_private(curve, set.octets("skEm")).value();
  const auto own = load_private(curve, set.octets("skRm")).value();
  EXPECT_EQ(public_octets(curve, *own), set.octets("pkRm"));

  const auto made = encapsulate_with(method.kem, set.octets("pkRm"), *ephemeral).value();
  EXPECT_EQ(made.enc, set.octets("enc"));
  EXPECT_EQ(made.enc.size(), enc_bytes(method.kem));
  EXPECT_EQ(to_hex(made.shared_secret.view()), set.fields.at("shared_secret"));
  EXPECT_EQ(to_hex(decapsulate(method.kem, *own, made.enc)->view()), set.fields.at("shared_secret"));

  const auto schedule = key_schedule(method, made.shared_secret.view(), set.octets("info"));
  EXPECT_EQ(to_hex(schedule.exporter_secret.view()), set.fields.at("exporter_secret"));
  for (const auto& e : set.exports) {
    EXPECT_EQ(to_hex(export_secret(method, schedule.exporter_secret.view(), e.context, e.size).view()),
              to_hex(e.value));
    ++counts.exports;
  }
  ++counts.sets;
  if (method.aead == Aead::kExportOnly) return;
  EXPECT_EQ(to_hex(schedule.key.view()), set.fields.at("key"));
  EXPECT_EQ(to_hex(schedule.base_nonce.view()), set.fields.at("base_nonce"));
  AeadKey sealing(method.aead, AeadKey::Direction::kSeal, schedule.key.view(), schedule.base_nonce.view());
  AeadKey opening(method.aead, AeadKey::Direction::kOpen, schedule.key.view(), schedule.base_nonce.view());
  for (const auto& m : set.messages) {
    EXPECT_TRUE(equal(sealing.nonce(m.seq), m.nonce));
    EXPECT_EQ(sealing.seal(m.seq, m.aad, m.plaintext), m.ciphertext);
    EXPECT_EQ(opening.open(m.seq, m.aad, m.ciphertext).value(), m.plaintext);
    ++counts.messages;
  }
}

TEST(Rfc9180, BaseModeVectorsHold) {
  std::ifstream file(kFile);
  if (!file) GTEST_SKIP() << "no vectors at " << kFile << ": RFC 9180 was not tested";
  Counts counts;
  for (const auto& set : read_sets(file))
    if (set.number("mode") == 0) run(set, counts);
  EXPECT_EQ(counts.sets, 7);  // three KEMs, two KDFs, three AEADs, one set for exports alone
  EXPECT_EQ(counts.messages, 36);
  EXPECT_EQ(counts.exports, 21);
}

}  // namespace
}  // namespace steelyard::crypto
