// What the codec's files share: a builder to write with, a reader that checks each field as it copies it.
//
// Private to schemas/*.cc. A Reader keeps the first error and goes on harmlessly, so that decoders read as a list of
// fields; done() hands out the value or that error. Everything it reads was verified by open(), so that offsets and
// sizes lie within the buffer; what the octets mean is checked here.
// Threads: builder() and Aligned memory belong to the calling thread.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <flatbuffers/flatbuffers.h>

#include "common_generated.h"
#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "schemas/errors.h"
#include "schemas/kinds.h"
#include "schemas/messages.h"
#include "schemas/payload.h"

namespace steelyard::schemas::internal {

using Builder = flatbuffers::FlatBufferBuilder;
template <class T>
using Offset = flatbuffers::Offset<T>;
using WireText = flatbuffers::String;
template <class T>
using WireVector = flatbuffers::Vector<T>;
using WireTexts = WireVector<Offset<WireText>>;

// One per type; four octets that stand in every buffer, so that no type is ever read as another.
struct Shape {
  const char* identifier;
  const char* name;  // in errors
  std::size_t bytes_max;
  std::size_t tables_max;
};

// Writing. Empty text and empty vectors are left out: absent means empty.

Builder& builder();  // this thread's, cleared

template <class Table>
Bytes finish(Builder& b, Offset<Table> root, const Shape& shape) {
  b.FinishSizePrefixed(root, shape.identifier);
  return {b.GetBufferPointer(), b.GetBufferPointer() + b.GetSize()};
}

inline Offset<WireText> put_text(Builder& b, std::string_view text) {
  return text.empty() ? Offset<WireText>() : b.CreateString(text.data(), text.size());
}
template <class Tag>
Offset<WireText> put_name(Builder& b, const Name<Tag>& name) {
  return put_text(b, name.text);
}
template <class T>
Offset<WireVector<T>> put_vector(Builder& b, const std::vector<T>& values) {
  return values.empty() ? Offset<WireVector<T>>() : b.CreateVector(values.data(), values.size());
}

std::vector<Offset<WireText>>& text_offsets();  // this thread's, cleared

template <class Items, class TextOf>
Offset<WireTexts> put_texts(Builder& b, const Items& items, TextOf text_of) {
  if (items.empty()) return {};
  auto& offsets = text_offsets();
  for (const auto& item : items) {
    const std::string& text = text_of(item);
    offsets.push_back(b.CreateString(text.data(), text.size()));
  }
  return b.CreateVector(offsets.data(), offsets.size());
}
template <class Tag>
Offset<WireTexts> put_names(Builder& b, const std::vector<Name<Tag>>& names) {
  return put_texts(b, names, [](const Name<Tag>& name) -> const std::string& { return name.text; });
}

template <class Wire, class Tag, std::size_t N>
Wire wire_of(const FixedBytes<Tag, N>& value) {
  static_assert(sizeof(Wire) == N);
  Wire wire;
  std::memcpy(&wire, value.octets.data(), N);
  return wire;
}
template <class Tag>
wire::Octets8 wire_of(const FixedBytes<Tag, 8>& value) {
  return wire_of<wire::Octets8>(value);
}
template <class Tag>
wire::Octets16 wire_of(const FixedBytes<Tag, 16>& value) {
  return wire_of<wire::Octets16>(value);
}
template <class Tag>
wire::Octets32 wire_of(const FixedBytes<Tag, 32>& value) {
  return wire_of<wire::Octets32>(value);
}

// Reading.

enum class TextRule { kOneLine, kLines, kAny };  // control characters: none; tab, CR and LF; all

// Copies `bytes` to this thread's aligned memory where they are not aligned already; valid until the next call.
ByteView aligned(ByteView bytes);

tl::unexpected<Error> malformed(const Shape& shape, std::string_view why);

// Caps, then verifies: our bytes are one size-prefixed FlatBuffer whose size is exact, with the type's identifier.
// Octets inside that nothing points to remain possible; digests cover the exact bytes, so they prove no less.
template <class Table>
Result<const Table*> open(ByteView bytes, const Shape& shape) {
  if (bytes.size() > shape.bytes_max)
    return malformed(shape, std::to_string(bytes.size()) + " octets, at most " + std::to_string(shape.bytes_max));
  if (bytes.size() < 12) return malformed(shape, "too short");
  const ByteView view = aligned(bytes);
  flatbuffers::Verifier verifier(view.data(), view.size(), limits::kFlatbufferDepthMax,
                                 static_cast<flatbuffers::uoffset_t>(shape.tables_max));
  if (!verifier.VerifySizePrefixedBuffer<Table>(shape.identifier))
    return malformed(shape, "does not verify, or is not of this kind");
  return flatbuffers::GetSizePrefixedRoot<Table>(view.data());
}

enum class Empty { kForbidden, kAllowed };

class Reader {
 public:
  explicit Reader(const Shape& shape) : shape_(shape) {}

  bool require(bool condition, const char* field, std::string_view why) {
    if (!condition && !error_) set_error(field, why);
    return condition;
  }

  template <class Tag>
  void name(Name<Tag>& to, const WireText* from, const char* field, Empty empty = Empty::kForbidden) {
    checked(to.text, view_of(from), field, check_name, empty);
  }
  void name_text(std::string& to, const WireText* from, const char* field, Empty empty = Empty::kForbidden) {
    checked(to, view_of(from), field, check_name, empty);
  }
  void dataset(DatasetId& to, const WireText* from, const char* field) {
    checked(to.text, view_of(from), field, check_dataset_id, Empty::kForbidden);
  }
  void origin(std::string& to, const WireText* from, const char* field);
  void text(std::string& to, const WireText* from, const char* field, std::size_t size_max, TextRule rule);
  void bytes(Bytes& to, const WireVector<std::uint8_t>* from, const char* field, std::size_t size_min,
             std::size_t size_max);

  // Names without a repeat.
  template <class Tag>
  void names(std::vector<Name<Tag>>& to, const WireTexts* from, const char* field, std::size_t count_max) {
    names_checked(
        from, field, count_max, check_name, [&to](std::string_view text) { to.emplace_back(std::string(text)); },
        [&to](std::size_t count) { to.reserve(count); });
    unique(to, field);
  }
  void datasets(std::vector<DatasetId>& to, const WireTexts* from, const char* field, std::size_t count_max) {
    names_checked(
        from, field, count_max, check_dataset_id, [&to](std::string_view text) { to.emplace_back(std::string(text)); },
        [&to](std::size_t count) { to.reserve(count); });
    unique(to, field);
  }

  // Masks stand on the wire as two lists of one length.
  template <class Add>
  void masks(const WireTexts* fields, const WireTexts* names, Add add) {
    std::vector<FieldName> of;
    this->names(of, fields, "masks", limits::kFieldsMax);
    const std::size_t count = names == nullptr ? 0 : names->size();
    if (!require(count == of.size(), "masks", "not one name for each field")) return;
    for (std::size_t i = 0; i < count; ++i) {
      std::string mask;
      name_text(mask, names->Get(static_cast<flatbuffers::uoffset_t>(i)), "masks");
      add(std::move(of[i]), std::move(mask));
    }
  }

  template <class Tag, std::size_t N, class Wire>
  void octets(FixedBytes<Tag, N>& to, const Wire* from, const char* field) {
    static_assert(sizeof(Wire) == N);
    if (require(from != nullptr, field, "missing")) std::memcpy(to.octets.data(), from, N);
  }
  template <class Tag>
  void octets_list(std::vector<FixedBytes<Tag, 32>>& to, const WireVector<const wire::Octets32*>* from,
                   const char* field, std::size_t count_max) {
    const std::size_t count = from == nullptr ? 0 : from->size();
    if (!require(count <= count_max, field, "too many")) return;
    to.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(to[i].octets.data(), from->Get(static_cast<flatbuffers::uoffset_t>(i)), 32);
  }
  template <class Enum>
  void number(Enum& to, std::uint8_t from, const char* field) {
    to = static_cast<Enum>(from);
    require(!name_of(to).empty(), field, "unknown value");
  }
  void instant(Instant& to, std::int64_t from, const char* field);
  void instant(std::optional<Instant>& to, flatbuffers::Optional<std::int64_t> from, const char* field);
  void index(LogIndex& to, std::uint64_t from, const char* field) {
    require(from <= kNoIndex.value, field, "beyond 2^48 - 1");
    to = LogIndex(from);
  }

  template <class T>
  Result<T> done(T&& value) {
    if (error_) return tl::unexpected(std::move(*error_));
    return std::forward<T>(value);
  }
  bool failed() const { return error_.has_value(); }

  // Of `count` texts, at(i) each.
  template <class At>
  static bool all_different(std::size_t count, At at);

 private:
  static std::string_view view_of(const WireText* text) {
    return text == nullptr ? std::string_view() : std::string_view(text->c_str(), text->size());
  }
  void set_error(const char* field, std::string_view why);

  template <class Check>
  void checked(std::string& to, std::string_view from, const char* field, Check check, Empty empty) {
    if (from.empty() && empty == Empty::kAllowed) return;
    if (auto good = check(from); !good)
      require(false, field, good.error().what);
    else
      to = from;
  }
  template <class Check, class Add, class Reserve>
  void names_checked(const WireTexts* from, const char* field, std::size_t count_max, Check check, Add add,
                     Reserve reserve) {
    if (from == nullptr || !require(from->size() <= count_max, field, "too many")) return;
    reserve(from->size());
    for (const WireText* text : *from) {
      if (auto good = check(view_of(text)); !good) return static_cast<void>(require(false, field, good.error().what));
      add(view_of(text));
    }
  }
  template <class Tag>
  void unique(const std::vector<Name<Tag>>& names, const char* field) {
    require(all_different(names.size(), [&names](std::size_t i) -> const std::string& { return names[i].text; }), field,
            "stands twice");
  }
  const Shape& shape_;
  std::optional<Error> error_;
};

bool all_different(std::vector<std::string_view>& texts);  // sorts them

// A few names are compared pair by pair, which needs no memory; many are sorted.
template <class At>
bool Reader::all_different(std::size_t count, At at) {
  if (count > 12) {
    std::vector<std::string_view> texts;
    texts.reserve(count);
    for (std::size_t i = 0; i < count; ++i) texts.push_back(at(i));
    return internal::all_different(texts);
  }
  for (std::size_t i = 1; i < count; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (at(i) == at(j)) return false;
  return true;
}

}  // namespace steelyard::schemas::internal
