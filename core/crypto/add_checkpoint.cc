#include "core/crypto/add_checkpoint.h"

#include <charconv>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/base/outside_limits.h"

namespace steelyard::crypto {
namespace {

constexpr std::string_view kOld = "old ";

tl::unexpected<Error> wrong(const std::string& what) { return fail(ErrorKind::kFix, "add-checkpoint: " + what); }

// The next line without its newline.
Result<std::string_view> take_line(std::string_view& rest) {
  const std::size_t end = rest.find('\n');
  if (end == std::string_view::npos) return wrong("a line does not end");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

Result<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(value) != text)
    return wrong("a size is no plain decimal number");
  return value;
}

}  // namespace

std::string format_add_checkpoint(const AddCheckpoint& request) {
  CHECK(request.proof.size() <= limits::kConsistencyPathMax);
  std::string body = std::string(kOld) + std::to_string(request.old_size) + "\n";
  for (const Digest& digest : request.proof) body += to_base64(digest.view()) + "\n";
  return body + "\n" + request.note;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  AddCheckpoint request;
  TRY_ASSIGN(std::string_view line, take_line(body));
  if (!line.starts_with(kOld)) return wrong("line 1 does not begin with `old `");
  TRY_ASSIGN(request.old_size, decimal(line.substr(kOld.size())));
  while (true) {
    TRY_ASSIGN(line, take_line(body));
    if (line.empty()) break;
    if (request.proof.size() == limits::kConsistencyPathMax) return wrong("the proof is too long");
    const auto octets = from_base64(line);
    if (!octets || octets->size() != Digest::kSize || to_base64(*octets) != line)
      return wrong("a line of the proof is not 32 octets in base64");
    TRY_ASSIGN(request.proof.emplace_back(), Digest::from(*octets));
  }
  if (body.empty()) return wrong("there is no checkpoint");
  request.note = body;
  return request;
}

Result<std::uint64_t> parse_tree_size(std::string_view body) {
  TRY_ASSIGN(const std::string_view line, take_line(body));
  if (!body.empty()) return wrong("more than a size was said");
  return decimal(line);
}

}  // namespace steelyard::crypto
