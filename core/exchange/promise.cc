#include "core/exchange/promise.h"

#include <charconv>
#include <set>

#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1\n";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kPathMax = 48;  // indexes have 48 bits
// First line, salt and body in base64, index, path, empty line; then the note.
constexpr std::size_t kReceiptBytesMax = 512 + 32 + kPathMax * 45 + limits::kNoteBytesMax;

tl::unexpected<Error> unverified(std::string_view what) {
  return fail(schemas::error_of(schemas::code::verification_failed, what));
}
tl::unexpected<Error> malformed(std::string_view what) {
  return fail(schemas::error_of(schemas::code::malformed, "receipt: " + std::string(what)));
}

// Takes `prefix` and what follows it on its line.
bool take_line(std::string_view& rest, std::string_view prefix, std::string_view& line) {
  if (rest.substr(0, prefix.size()) != prefix) return false;
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return false;
  line = rest.substr(prefix.size(), end - prefix.size());
  rest.remove_prefix(end + 1);
  return true;
}

std::vector<std::string> witnesses_of(const crypto::Note& note, const ReceiptKeys& keys) {
  std::vector<std::string> names;
  std::set<Bytes> counted;  // one key is one witness, under however many names
  for (const auto& [name, key] : keys.witnesses) {
    if (!crypto::verify_cosignature(note, name, *key)) continue;
    if (counted.insert(key->public_key().octets).second) names.push_back(name);
  }
  return names;
}

}  // namespace

Result<EntryBody> check_promise(const Promise& promise, const Digest& about) {
  return check_promise(promise.index, promise.body, about);
}

Result<EntryBody> check_promise(LogIndex index, ByteView body, const Digest& about) {
  if (index >= kNoIndex) return unverified("promise without an index");
  auto entry = decode_entry(body);
  if (!entry) return unverified("promise: " + entry.error().what);
  if (entry->digest != about) return unverified("the promise is about another message");
  return entry;
}

std::string format_receipt(const Receipt& receipt) {
  Bytes extra = to_bytes(receipt.salt.view());
  append(extra, receipt.body);
  std::string text(kFirstLine);
  text.append(kExtra).append(to_base64(extra)).append("\n");
  text.append(kIndex).append(std::to_string(receipt.index.value)).append("\n");
  for (const Digest& digest : receipt.path) text.append(to_base64(digest.view())).append("\n");
  return text.append("\n").append(receipt.checkpoint);
}

Result<Receipt> parse_receipt(std::string_view text) {
  if (text.size() > kReceiptBytesMax) return malformed("too long");
  std::string_view rest = text;
  std::string_view line;
  if (!take_line(rest, kFirstLine.substr(0, kFirstLine.size() - 1), line) || !line.empty())
    return malformed("line 1 is not `c2sp.org/tlog-proof@v1`");
  Receipt receipt;
  if (!take_line(rest, kExtra, line)) return malformed("line 2 does not begin with `extra `");
  const auto extra = from_base64(line);
  if (!extra || extra->size() <= Salt::kSize || extra->size() > Salt::kSize + limits::kEntryBodyBytesMax)
    return malformed("line 2 holds no salt and body");
  std::copy_n(extra->begin(), Salt::kSize, receipt.salt.octets.begin());
  receipt.body.assign(extra->begin() + Salt::kSize, extra->end());
  if (!take_line(rest, kIndex, line)) return malformed("line 3 does not begin with `index `");
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), receipt.index.value);
  if (error != std::errc() || end != line.data() + line.size() || receipt.index >= kNoIndex)
    return malformed("line 3 holds no index");
  while (take_line(rest, "", line) && !line.empty()) {
    if (receipt.path.size() == kPathMax) return malformed("the path is too long");
    TRY_ASSIGN(const Bytes octets, from_base64(line));
    TRY_ASSIGN(receipt.path.emplace_back(), Digest::from(octets));
  }
  if (!line.empty() || rest.empty()) return malformed("there is no checkpoint");
  receipt.checkpoint = rest;
  // One receipt has one text: no leading zeros, no spare bits in base64.
  if (format_receipt(receipt) != text) return malformed("not in its canonical form");
  return receipt;
}

Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, const ReceiptKeys& keys) {
  if (keys.suite == nullptr || keys.log_key == nullptr) return unverified("the log's key is not known");
  const auto note = crypto::parse_note(receipt.checkpoint);
  if (!note) return unverified("checkpoint: " + note.error().what);
  auto checkpoint = crypto::verify_checkpoint(*note, keys.origin, *keys.log_key);
  if (!checkpoint) return unverified("checkpoint: " + checkpoint.error().what);
  const Commitment leaf = entry_commitment(*keys.suite, receipt.salt, receipt.body);
  const auto included = crypto::verify_inclusion(*keys.suite, crypto::leaf_hash(*keys.suite, leaf.view()),
                                                 receipt.index.value, checkpoint->size, receipt.path, checkpoint->root);
  if (!included) return fail(schemas::error_of(schemas::code::proof_invalid, included.error().what));
  auto entry = decode_entry(receipt.body);
  if (!entry) return unverified(entry.error().what);
  auto witnessed_by = witnesses_of(*note, keys);
  if (witnessed_by.size() < keys.quorum)
    return unverified("the checkpoint bears " + std::to_string(witnessed_by.size()) + " of the " +
                      std::to_string(keys.quorum) + " cosignatures required");
  return ReceiptVerdict{std::move(*entry), std::move(*checkpoint), std::move(witnessed_by)};
}

}  // namespace steelyard::exchange
