#include "adapters/memory/row_store.h"

#include <array>
#include <bit>
#include <functional>
#include <span>
#include <string_view>

#include "core/base/check.h"

namespace steelyard::adapters {
namespace {

using schemas::Value;

constexpr std::size_t kEndBytes = sizeof(std::uint32_t);

enum Kind : std::size_t { kNull = 0, kBool = 1, kNumber = 2, kReal = 3, kText = 4, kOctets = 5 };
static_assert(std::variant_size_v<Value> == 6);

bool can_be_key(std::size_t kind) { return kind == kText || kind == kNumber; }

// Its upper half: the lower one says where to look.
std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash >> 32); }

template <class Scalar>
ByteView view_of(const Scalar& scalar) {
  return {reinterpret_cast<const std::uint8_t*>(&scalar), sizeof(scalar)};
}

// In the machine's order: they never leave this process.
ByteView octets_of_value(const Value& value) {
  switch (value.index()) {
    case kBool: return view_of(std::get<bool>(value));
    case kNumber: return view_of(std::get<std::int64_t>(value));
    case kReal: return view_of(std::get<double>(value));
    case kText: return as_bytes(std::get<std::string>(value));
    case kOctets: return std::get<Bytes>(value);
    default: return {};
  }
}

template <class Scalar>
Scalar scalar_of(ByteView octets) {
  Scalar value;
  std::memcpy(&value, octets.data(), sizeof(value));
  return value;
}

}  // namespace

RowStore::RowStore(const schemas::Rows& rows, std::size_t key) : columns_(rows.columns.size()), key_(key) {
  CHECK(key < columns_ && rows.count < kNone);
  std::size_t size = rows.count * columns_ * (kEndBytes + 1);
  for (const auto& column : rows.columns)
    for (const auto& value : column.values) size += octets_of_value(value).size();
  octets_.reserve(size);
  starts_.reserve(rows.count + std::size_t{1});
  for (RowNumber row = 0; row < rows.count; ++row) append_row(rows, row);
  starts_.push_back(octets_.size());
  index_keys();
}

void RowStore::append_row(const schemas::Rows& rows, RowNumber row) {
  starts_.push_back(octets_.size());
  std::uint32_t end = 0;
  for (const auto& column : rows.columns) {
    end += static_cast<std::uint32_t>(octets_of_value(column.values[row]).size());
    append(octets_, view_of(end));
  }
  for (const auto& column : rows.columns) octets_.push_back(static_cast<std::uint8_t>(column.values[row].index()));
  for (const auto& column : rows.columns) append(octets_, octets_of_value(column.values[row]));
}

std::size_t RowStore::kind_of(RowNumber row, std::size_t column) const {
  return octets_[starts_[row] + columns_ * kEndBytes + column];
}

ByteView RowStore::octets_of(RowNumber row, std::size_t column) const {
  const std::uint8_t* head = octets_.data() + starts_[row];
  const auto end_of = [head](std::size_t at) { return scalar_of<std::uint32_t>({head + at * kEndBytes, kEndBytes}); };
  const std::size_t begin = column == 0 ? 0 : end_of(column - 1);
  return {head + columns_ * (kEndBytes + 1) + begin, end_of(column) - begin};
}

void RowStore::read(RowNumber row, std::size_t column, Value& to) const {
  const ByteView octets = octets_of(row, column);
  switch (kind_of(row, column)) {
    case kBool: to = scalar_of<bool>(octets); return;
    case kNumber: to = scalar_of<std::int64_t>(octets); return;
    case kReal: to = scalar_of<double>(octets); return;
    case kText:
      if (auto* text = std::get_if<std::string>(&to))
        text->assign(as_text(octets));
      else
        to.emplace<std::string>(as_text(octets));
      return;
    case kOctets: to.emplace<Bytes>(octets.begin(), octets.end()); return;
    default: to = std::monostate{};
  }
}

bool RowStore::has_key(RowNumber row, std::size_t kind, ByteView octets) const {
  return kind_of(row, key_) == kind && equal(octets_of(row, key_), octets);
}

std::uint64_t RowStore::hash_of(ByteView octets) { return std::hash<std::string_view>{}(as_text(octets)); }

std::size_t RowStore::slot_of(std::uint64_t hash, std::size_t kind, ByteView octets) const {
  const std::size_t mask = slots_.size() - 1;
  const auto is_other = [&](const Slot& slot) {
    return slot.row != kNone && (slot.tag != tag_of(hash) || !has_key(slot.row, kind, octets));
  };
  std::size_t at = hash & mask;
  while (is_other(slots_[at])) at = (at + 1) & mask;
  return at;
}

// From the last row to the first, so that each is put before those that follow it.
void RowStore::index_keys() {
  slots_.assign(std::bit_ceil(std::size_t{2} * count() + 1), Slot{});
  next_.assign(count(), kNone);
  for (RowNumber row = count(); row-- > 0;) {
    const std::size_t kind = kind_of(row, key_);
    if (!can_be_key(kind)) continue;
    const std::uint64_t hash = hash_of(octets_of(row, key_));
    Slot& first = slots_[slot_of(hash, kind, octets_of(row, key_))];
    next_[row] = first.row;
    first = {row, tag_of(hash)};
  }
}

void RowStore::find(const Value& key, std::vector<RowNumber>& to) const {
  to.clear();
  if (!can_be_key(key.index())) return;
  const ByteView octets = octets_of_value(key);
  for (RowNumber row = slots_[slot_of(hash_of(octets), key.index(), octets)].row; row != kNone; row = next_[row])
    to.push_back(row);
}

}  // namespace steelyard::adapters
