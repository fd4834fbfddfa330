#include "policy/value.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "policy/hash.h"
#include "policy/lexer.h"

namespace steelyard::policy {
namespace {

template <class T>
int three_way(const T& a, const T& b) {
  if (a < b) return -1;
  return b < a ? 1 : 0;
}

int compare_sets(std::span<const Value> a, std::span<const Value> b) {
  if (a.size() != b.size()) return three_way(a.size(), b.size());
  if (a.data() == b.data()) return 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const int order = Value::compare(a[i], b[i]); order != 0) return order;
  }
  return 0;
}

int compare_records(std::span<const Attribute> a, std::span<const Attribute> b) {
  if (a.size() != b.size()) return three_way(a.size(), b.size());
  if (a.data() == b.data()) return 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (const int order = a[i].name.compare(b[i].name); order != 0) return order;
    if (const int order = Value::compare(a[i].value, b[i].value); order != 0) return order;
  }
  return 0;
}

std::size_t weight_of_text(std::string_view text) { return 1 + text.size() / 64; }

// Names of attributes are short: two loads that overlap tell more quickly than a call.
bool same_name(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto same = [&]<class Word>(Word) {
    const auto load = [](const char* from) {
      Word word;
      std::memcpy(&word, from, sizeof word);
      return word;
    };
    const std::size_t last = a.size() - sizeof(Word);
    return load(a.data()) == load(b.data()) && load(a.data() + last) == load(b.data() + last);
  };
  if (a.size() > 2 * sizeof(std::uint64_t)) return a == b;
  if (a.size() >= sizeof(std::uint64_t)) return same(std::uint64_t{});
  if (a.size() >= sizeof(std::uint32_t)) return same(std::uint32_t{});
  return a == b;
}

bool name_less(const Attribute& attribute, std::string_view name) { return attribute.name < name; }

std::string join_sources(std::vector<std::string> parts, char open, char close) {
  std::string text(1, open);
  for (std::size_t i = 0; i < parts.size(); ++i) text += (i == 0 ? "" : ", ") + parts[i];
  return text + close;
}

}  // namespace

std::string_view name_of(Type type) {
  static constexpr std::string_view kNames[] = {"bool",   "long",     "string",   "entity",  "set",
                                                "record", "datetime", "duration", "decimal", "ipaddr"};
  return kNames[static_cast<std::size_t>(type)];
}

void Value::wrong_type() { check_failed("the value has the type that is asked for", __FILE__, __LINE__); }

Value Value::string(std::string value) {
  const std::size_t hash = hash_text(value), weight = weight_of_text(value);
  return Value(Data(Ref<Text>(new Text(std::move(value), hash, weight))));
}

Value Value::set(std::vector<Value> elements) {
  std::sort(elements.begin(), elements.end(), value_less);
  elements.erase(std::unique(elements.begin(), elements.end()), elements.end());
  std::size_t hash = elements.size(), weight = 1;
  for (const auto& element : elements) {
    hash = mix_hash(hash, element.hash());
    weight += element.weight();
  }
  return Value(Data(Set::of(std::move(elements), hash, weight)));
}

Value Value::record(std::vector<Attribute> attributes) {
  const auto by_name = [](const Attribute& a, const Attribute& b) { return a.name < b.name; };
  const auto same_name = [](const Attribute& a, const Attribute& b) { return a.name == b.name; };
  const auto out_of_order = [](const Attribute& a, const Attribute& b) { return a.name >= b.name; };
  if (std::adjacent_find(attributes.begin(), attributes.end(), out_of_order) != attributes.end()) {
    std::reverse(attributes.begin(), attributes.end());  // so that of equal names the last one comes first
    std::stable_sort(attributes.begin(), attributes.end(), by_name);
    attributes.erase(std::unique(attributes.begin(), attributes.end(), same_name), attributes.end());
  }
  std::size_t hash = attributes.size(), weight = 1;
  for (const auto& [name, value] : attributes) {
    hash = mix_hash(mix_hash(hash, hash_text(name)), value.hash());
    weight += weight_of_text(name) + value.weight();
  }
  return Value(Data(Record::of(std::move(attributes), hash, weight)));
}

Value Value::ip(const ext::Ip& value) {
  std::size_t hash = value.prefix;
  for (const auto octet : value.octets) hash = mix_hash(hash, octet);
  return Value(Data(Ref<Address>(new Address(value, hash, 1))));
}

std::size_t Value::hash() const {
  switch (type()) {
    case Type::kBool: return as_bool() ? 1 : 0;
    case Type::kLong: return static_cast<std::size_t>(as_integer());
    case Type::kString: return get<Ref<Text>>()->hash;
    case Type::kEntity: return as_entity().hash();
    case Type::kSet: return get<Ref<Set>>()->hash();
    case Type::kRecord: return get<Ref<Record>>()->hash();
    case Type::kDatetime: return static_cast<std::size_t>(as_datetime().ms);
    case Type::kDuration: return static_cast<std::size_t>(as_duration().ms);
    case Type::kDecimal: return static_cast<std::size_t>(as_decimal().ten_thousandths);
    case Type::kIp: return get<Ref<Address>>()->hash;
  }
  return 0;
}

int Value::compare(const Value& a, const Value& b) {
  if (a.type() != b.type()) return three_way(a.type(), b.type());
  switch (a.type()) {
    case Type::kBool: return three_way(a.as_bool(), b.as_bool());
    case Type::kLong: return three_way(a.as_integer(), b.as_integer());
    case Type::kEntity: return three_way(a.as_entity(), b.as_entity());
    case Type::kDatetime: return three_way(a.as_datetime(), b.as_datetime());
    case Type::kDuration: return three_way(a.as_duration(), b.as_duration());
    case Type::kDecimal: return three_way(a.as_decimal(), b.as_decimal());
    default: break;
  }
  if (const int order = three_way(a.hash(), b.hash()); order != 0) return order;
  if (a.is(Type::kString)) return a.as_string().compare(b.as_string());
  if (a.is(Type::kIp)) return three_way(a.as_ip(), b.as_ip());
  if (a.is(Type::kSet)) return compare_sets(a.as_set(), b.as_set());
  return compare_records(a.as_record(), b.as_record());
}

bool Value::shares_record_with(const Value& other) const {
  return is(Type::kRecord) && other.is(Type::kRecord) && get<Ref<Record>>().same_as(other.get<Ref<Record>>());
}

bool Value::contains(const Value& element) const {
  const auto elements = as_set();
  return std::binary_search(elements.begin(), elements.end(), element, value_less);
}

bool Value::contains(const EntityUid& element) const {
  const auto elements = as_set();
  const auto before = [](const Value& one, const EntityUid& sought) {
    return one.is(Type::kEntity) ? one.as_entity() < sought : one.type() < Type::kEntity;
  };
  const auto found = std::lower_bound(elements.begin(), elements.end(), element, before);
  return found != elements.end() && found->is(Type::kEntity) && found->as_entity() == element;
}

const Value* Value::find(std::string_view name) const {
  constexpr std::size_t kFew = 8;  // mostly of different lengths: asking each for equality beats ordering them
  const auto attributes = as_record();
  if (attributes.size() <= kFew) {
    for (const Attribute& attribute : attributes)
      if (same_name(attribute.name, name)) return &attribute.value;
    return nullptr;
  }
  const auto found = std::lower_bound(attributes.begin(), attributes.end(), name, name_less);
  return found != attributes.end() && found->name == name ? &found->value : nullptr;
}

std::string to_source(const Value& value) {
  switch (value.type()) {
    case Type::kBool: return value.as_bool() ? "true" : "false";
    case Type::kLong: return std::to_string(value.as_integer());
    case Type::kString: return quote(value.as_string());
    case Type::kEntity: return to_source(value.as_entity());
    case Type::kDatetime: return "datetime(" + quote(to_text(value.as_datetime())) + ")";
    case Type::kDuration: return "duration(" + quote(to_text(value.as_duration())) + ")";
    case Type::kDecimal: return "decimal(" + quote(to_text(value.as_decimal())) + ")";
    case Type::kIp: return "ip(" + quote(to_text(value.as_ip())) + ")";
    case Type::kSet: {
      std::vector<std::string> parts;
      for (const auto& element : value.as_set()) parts.push_back(to_source(element));
      std::sort(parts.begin(), parts.end());
      return join_sources(std::move(parts), '[', ']');
    }
    case Type::kRecord: {
      std::vector<std::string> parts;
      for (const auto& [name, held] : value.as_record()) {
        parts.push_back((is_plain_name(name) ? name : quote(name)) + ": " + to_source(held));
      }
      return join_sources(std::move(parts), '{', '}');
    }
  }
  return {};
}

}  // namespace steelyard::policy
