// Value: what a Cedar expression means: a boolean, long, string, entity, set, record or extension value.
//
// Owns its parts, shared by all copies: copying costs a count at most and never allocates.
// Threads: immutable. Errors: `as_*` of another type is our own mistake and aborts; look at type() first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/entity_uid.h"
#include "policy/ext/datetime.h"
#include "policy/ext/decimal.h"
#include "policy/ext/ip.h"
#include "policy/list.h"
#include "policy/ref.h"

namespace steelyard::policy {

// In the order of Value's alternatives.
enum class Type : std::uint8_t { kBool, kLong, kString, kEntity, kSet, kRecord, kDatetime, kDuration, kDecimal, kIp };
std::string_view name_of(Type type);  // "long", "entity", "ipaddr"

class Value;
struct Attribute;

class Value {
 public:
  Value() : data_(false) {}
  static Value boolean(bool value) { return Value(Data(value)); }
  static Value integer(std::int64_t value) { return Value(Data(value)); }
  static Value string(std::string value);
  static Value entity(EntityUid value) { return Value(Data(std::move(value))); }
  static Value set(std::vector<Value> elements);           // duplicates are dropped
  static Value record(std::vector<Attribute> attributes);  // the last of two with one name stays
  static Value datetime(ext::Datetime value) { return Value(Data(value)); }
  static Value duration(ext::Duration value) { return Value(Data(value)); }
  static Value decimal(ext::Decimal value) { return Value(Data(value)); }
  static Value ip(const ext::Ip& value);

  Type type() const { return static_cast<Type>(data_.index()); }
  bool is(Type type) const { return data_.index() == static_cast<std::size_t>(type); }

  bool as_bool() const { return get<bool>(); }
  std::int64_t as_integer() const { return get<std::int64_t>(); }
  const std::string& as_string() const;
  const EntityUid& as_entity() const { return get<EntityUid>(); }
  std::span<const Value> as_set() const;         // in value_less order, no duplicates
  std::span<const Attribute> as_record() const;  // sorted by name
  ext::Datetime as_datetime() const { return get<ext::Datetime>(); }
  ext::Duration as_duration() const { return get<ext::Duration>(); }
  ext::Decimal as_decimal() const { return get<ext::Decimal>(); }
  const ext::Ip& as_ip() const;

  void prefetch() const {  // of a set or record: its elements, for whoever looks at them next
    if (const auto* set = std::get_if<Ref<Set>>(&data_)) fetch(set->get(), 6);
    if (const auto* record = std::get_if<Ref<Record>>(&data_)) fetch(record->get(), 3);
  }
  bool shares_record_with(const Value& other) const;  // one record, not only an equal one: looks at no memory behind
  bool contains(const Value& element) const;          // of a set
  bool contains(const EntityUid& element) const;      // the same, of an entity
  const Value* find(std::string_view name) const;     // of a record; nothing if it has no such attribute
  std::size_t hash() const;                           // equal values have equal hashes
  // What comparing it may cost, in comparisons of simple values: of two values the lesser one's, at most.
  std::size_t weight() const;
  bool operator==(const Value& other) const { return compare(*this, other) == 0; }

  // A total order over all values, cheap to compare: by type, then by hash, then by content.
  static int compare(const Value& a, const Value& b);

 private:
  template <class T>
  struct Box;
  using Text = Box<std::string>;
  using Set = List<Value>;
  using Record = List<Attribute>;
  using Address = Box<ext::Ip>;
  using Data = std::variant<bool, std::int64_t, Ref<Text>, EntityUid, Ref<Set>, Ref<Record>, ext::Datetime,
                            ext::Duration, ext::Decimal, Ref<Address>>;

  explicit Value(Data data) : data_(std::move(data)) {}
  template <class T>
  const T& get() const {
    const T* held = std::get_if<T>(&data_);
    if (held == nullptr) wrong_type();
    return *held;
  }
  [[noreturn]] static void wrong_type();
  static void fetch(const void* at, std::size_t lines) {
    constexpr std::size_t kLine = 64;
    for (std::size_t i = 0; i < lines; ++i) __builtin_prefetch(static_cast<const char*>(at) + i * kLine);
  }

  Data data_;
};

struct Attribute {
  std::string name;
  Value value;
};

template <class T>
struct Value::Box : Counted {
  Box(T boxed, std::size_t hash_value, std::size_t its_weight)
      : content(std::move(boxed)), hash(hash_value), weight(its_weight) {}
  T content;
  std::size_t hash;
  std::size_t weight;
};

inline bool value_less(const Value& a, const Value& b) { return Value::compare(a, b) < 0; }
inline std::size_t Value::weight() const {
  switch (type()) {
    case Type::kString: return get<Ref<Text>>()->weight;
    case Type::kSet: return get<Ref<Set>>()->weight();
    case Type::kRecord: return get<Ref<Record>>()->weight();
    default: return 1;
  }
}
inline const std::string& Value::as_string() const { return get<Ref<Text>>()->content; }
inline std::span<const Value> Value::as_set() const { return get<Ref<Set>>()->elements(); }
inline std::span<const Attribute> Value::as_record() const { return get<Ref<Record>>()->elements(); }
inline const ext::Ip& Value::as_ip() const { return get<Ref<Address>>()->content; }

std::string to_source(const Value& value);  // as a Cedar expression, attributes and elements in a stable order

}  // namespace steelyard::policy
