#include "schemas/codec_internal.h"

#include <algorithm>

#include "core/base/utf8.h"

namespace steelyard::schemas::internal {
namespace {

constexpr std::int64_t kYear10000Us = 253'402'300'800'000'000;  // RFC 3339 ends there; sums cannot overflow before

bool control(std::uint8_t octet) { return octet < 0x20 || octet == 0x7f; }

bool keeps(std::string_view text, TextRule rule) {
  if (rule == TextRule::kAny) return true;
  for (char c : text) {
    const auto octet = static_cast<std::uint8_t>(c);
    if (!control(octet)) continue;
    if (rule == TextRule::kOneLine || (c != '\n' && c != '\t' && c != '\r')) return false;
  }
  return true;
}

}  // namespace

Builder& builder() {
  thread_local Builder builder(4096);
  builder.Clear();
  return builder;
}

std::vector<Offset<WireText>>& text_offsets() {
  thread_local std::vector<Offset<WireText>> offsets;
  offsets.clear();
  return offsets;
}

ByteView aligned(ByteView bytes) {
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % 8 == 0) return bytes;
  thread_local std::vector<std::uint64_t> memory;
  if (memory.size() * 8 < bytes.size()) memory.resize((bytes.size() + 7) / 8);
  std::memcpy(memory.data(), bytes.data(), bytes.size());
  return {reinterpret_cast<const std::uint8_t*>(memory.data()), bytes.size()};
}

tl::unexpected<Error> malformed(const Shape& shape, std::string_view why) {
  return fail(error_of(code::malformed, std::string(shape.name).append(": ").append(why)));
}

bool all_different(std::vector<std::string_view>& texts) {
  std::sort(texts.begin(), texts.end());
  return std::adjacent_find(texts.begin(), texts.end()) == texts.end();
}

void Reader::set_error(const char* field, std::string_view why) {
  error_ = error_of(code::malformed, std::string(shape_.name).append(": ").append(field).append(": ").append(why));
}

void Reader::origin(std::string& to, const WireText* from, const char* field) {
  const std::string_view text = view_of(from);
  bool good = !text.empty() && text.size() <= 128;
  for (char c : text)
    good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-');
  if (require(good, field, "not a log origin: 1 to 128 of a-z, 0-9, '.', '/' and '-'")) to = text;
}

void Reader::text(std::string& to, const WireText* from, const char* field, std::size_t size_max, TextRule rule) {
  const std::string_view text = view_of(from);
  if (!require(text.size() <= size_max, field, "too long")) return;
  if (!require(is_utf8(text), field, "not UTF-8")) return;
  if (require(keeps(text, rule), field, "holds control characters")) to = text;
}

void Reader::bytes(Bytes& to, const WireVector<std::uint8_t>* from, const char* field, std::size_t size_min,
                   std::size_t size_max) {
  const std::size_t size = from == nullptr ? 0 : from->size();
  if (!require(size >= size_min && size <= size_max, field, "wrong size")) return;
  if (size > 0) to.assign(from->data(), from->data() + size);
}

void Reader::instant(Instant& to, std::int64_t from, const char* field) {
  if (require(from >= 0 && from < kYear10000Us, field, "not between the years 1970 and 9999")) to = Instant{from};
}

void Reader::instant(std::optional<Instant>& to, flatbuffers::Optional<std::int64_t> from, const char* field) {
  if (!from.has_value()) return;
  to.emplace();
  instant(*to, *from, field);
}

}  // namespace steelyard::schemas::internal
