#include "core/exchange/promise.h"

#include <charconv>
#include <cstring>

#include "core/exchange/digest.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

constexpr std::string_view kReceiptLine = "c2sp.org/tlog-proof@v1";
constexpr std::size_t kReceiptBytesMax = 64 * 1024;

auto invalid(std::string_view what) { return fail(schemas::error_of(schemas::code::proof_invalid, what)); }

// The next line without its end; nothing where there is no whole line left.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

}  // namespace

Result<EntryBody> check_promise(const Promise& promise, const Digest& about) {
  TRY_ASSIGN(auto body, decode_entry(promise.body));
  if (body.digest != about) return invalid("the promise is about another message");
  return body;
}

std::string format_receipt(const Receipt& receipt) {
  Bytes extra = to_bytes(receipt.salt.view());
  append(extra, receipt.body);
  std::string text(kReceiptLine);
  text += "\nextra " + to_base64(extra) + "\nindex " + std::to_string(receipt.index.value) + "\n";
  for (const Digest& digest : receipt.path) text += to_base64(digest.view()) + "\n";
  return text + "\n" + receipt.checkpoint;
}

Result<Receipt> parse_receipt(std::string_view text) {
  if (text.size() > kReceiptBytesMax) return invalid("a receipt is not this large");
  if (take_line(text) != kReceiptLine) return invalid("not a receipt: its first line must be " + std::string(kReceiptLine));
  Receipt receipt;
  const auto extra = take_line(text);
  if (!extra || !extra->starts_with("extra ")) return invalid("line 2: `extra` is missing");
  TRY_ASSIGN(const Bytes octets, from_base64(extra->substr(6)));
  if (octets.size() <= Salt::kSize) return invalid("line 2: `extra` is too short");
  std::memcpy(receipt.salt.octets.data(), octets.data(), Salt::kSize);
  receipt.body.assign(octets.begin() + Salt::kSize, octets.end());
  const auto index = take_line(text);
  if (!index || !index->starts_with("index ")) return invalid("line 3: `index` is missing");
  const std::string_view digits = index->substr(6);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), receipt.index.value);
  if (error != std::errc() || end != digits.data() + digits.size() ||
      std::to_string(receipt.index.value) != digits)
    return invalid("line 3: `index` is not a number");
  for (;;) {
    const auto line = take_line(text);
    if (!line) return invalid("the empty line before the checkpoint is missing");
    if (line->empty()) break;
    TRY_ASSIGN(const Bytes digest, from_base64(*line));
    TRY_ASSIGN(const Digest node, Digest::from(digest));
    receipt.path.push_back(node);
  }
  receipt.checkpoint = std::string(text);
  return receipt;
}

Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, const ReceiptKeys& keys) {
  const auto failed = [](std::string_view what) {
    return fail(schemas::error_of(schemas::code::verification_failed, what));
  };
  ReceiptVerdict verdict;
  TRY_ASSIGN(const auto note, crypto::parse_note(receipt.checkpoint));
  auto checkpoint = crypto::verify_checkpoint(note, keys.origin, *keys.log_key);
  if (!checkpoint) return failed("the checkpoint is not signed by the log: " + checkpoint.error().what);
  verdict.checkpoint = std::move(*checkpoint);
  const Commitment commitment = entry_commitment(*keys.suite, receipt.salt, receipt.body);
  const auto included =
      crypto::verify_inclusion(*keys.suite, crypto::leaf_hash(*keys.suite, commitment.view()), receipt.index.value,
                               verdict.checkpoint.size, receipt.path, verdict.checkpoint.root);
  if (!included) return failed("the entry is not in the tree of the checkpoint: " + included.error().what);
  TRY_ASSIGN(verdict.entry, decode_entry(receipt.body));
  for (const auto& [name, key] : keys.witnesses)
    if (crypto::verify_cosignature(note, name, *key)) verdict.witnessed_by.push_back(name);
  if (verdict.witnessed_by.size() < keys.quorum)
    return failed("witnessed by " + std::to_string(verdict.witnessed_by.size()) + " of the pinned keys, " +
                  std::to_string(keys.quorum) + " wanted");
  return verdict;
}

}  // namespace steelyard::exchange
