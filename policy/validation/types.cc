#include "policy/validation/types.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/base/check.h"
#include "policy/entity_uid.h"

namespace steelyard::policy::validation {
namespace {

constexpr std::size_t kTextMax = 512;  // octets of one type in a message

std::size_t saturating(std::size_t a, std::size_t b) {
  const std::size_t most = std::numeric_limits<std::size_t>::max();
  return a > most - b ? most : a + b;
}

// The last of two with one name stays.
void sort_by_name(std::vector<AttributeType>& attributes) {
  std::stable_sort(attributes.begin(), attributes.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  const auto same = [](const auto& a, const auto& b) { return a.name == b.name; };
  const auto gone = std::unique(attributes.rbegin(), attributes.rend(), same);
  attributes.erase(attributes.begin(), gone.base());
}

}  // namespace

struct CedarType::Node : Counted {
  explicit Node(Kind its_kind) : kind(its_kind) {}

  Kind kind;
  bool open = false;
  std::size_t depth = 1;
  std::size_t weight = 1;
  std::vector<std::string> entity_types;
  std::vector<CedarType> element;  // of a set: one
  std::vector<AttributeType> attributes;
};

CedarType CedarType::simple(Kind kind) {
  CHECK(kind != Kind::kEntity && kind != Kind::kSet && kind != Kind::kRecord);
  static const auto all = [] {
    std::vector<CedarType> made;
    for (std::uint8_t at = 0; at <= static_cast<std::uint8_t>(Kind::kRecord); ++at)
      made.push_back(CedarType(Ref<Node>(new Node(static_cast<Kind>(at)))));
    return made;
  }();
  return all[static_cast<std::size_t>(kind)];
}

CedarType CedarType::entity(std::string type) { return one_of({std::move(type)}); }

CedarType CedarType::one_of(std::vector<std::string> types) {
  CHECK(!types.empty());
  std::sort(types.begin(), types.end());
  types.erase(std::unique(types.begin(), types.end()), types.end());
  auto* node = new Node(Kind::kEntity);
  node->weight = types.size();
  node->entity_types = std::move(types);
  return CedarType(Ref<Node>(node));
}

CedarType CedarType::set(CedarType element) {
  auto* node = new Node(Kind::kSet);
  node->depth = element.depth() + 1;
  node->weight = saturating(element.weight(), 1);
  node->element.push_back(std::move(element));
  return CedarType(Ref<Node>(node));
}

CedarType CedarType::record(std::vector<AttributeType> attributes, bool open) {
  sort_by_name(attributes);
  auto* node = new Node(Kind::kRecord);
  node->open = open;
  for (const AttributeType& attribute : attributes) {
    node->depth = std::max(node->depth, attribute.type.depth() + 1);
    node->weight = saturating(node->weight, attribute.type.weight());
  }
  node->attributes = std::move(attributes);
  return CedarType(Ref<Node>(node));
}

const CedarType::Node& CedarType::of(Kind kind) const {
  CHECK(node_->kind == kind);
  return *node_;
}

CedarType::CedarType(Ref<Node> node) : node_(std::move(node)) {}
CedarType::CedarType(const CedarType&) = default;
CedarType::CedarType(CedarType&&) noexcept = default;
CedarType& CedarType::operator=(const CedarType&) = default;
CedarType& CedarType::operator=(CedarType&&) noexcept = default;
CedarType::~CedarType() = default;

CedarType::Kind CedarType::kind() const { return node_->kind; }
std::span<const std::string> CedarType::entity_types() const { return of(Kind::kEntity).entity_types; }
const CedarType& CedarType::element() const { return of(Kind::kSet).element.front(); }
std::span<const AttributeType> CedarType::attributes() const { return of(Kind::kRecord).attributes; }
bool CedarType::open() const { return of(Kind::kRecord).open; }
std::size_t CedarType::depth() const { return node_->depth; }
std::size_t CedarType::weight() const { return node_->weight; }

const AttributeType* CedarType::find(std::string_view name) const {
  const auto& all = of(Kind::kRecord).attributes;
  const auto found = std::lower_bound(all.begin(), all.end(), name,
                                      [](const AttributeType& a, std::string_view wanted) { return a.name < wanted; });
  return found != all.end() && found->name == name ? &*found : nullptr;
}

bool CedarType::operator==(const CedarType& other) const {
  if (shares_with(other)) return true;
  const Node& a = *node_;
  const Node& b = *other.node_;
  return a.kind == b.kind && a.open == b.open && a.weight == b.weight && a.entity_types == b.entity_types &&
         a.element == b.element && a.attributes == b.attributes;
}

namespace {

std::string_view name_of(CedarType::Kind kind) {
  using Kind = CedarType::Kind;
  switch (kind) {
    case Kind::kNever: return "never";
    case Kind::kTrue: return "true";
    case Kind::kFalse: return "false";
    case Kind::kBool: return "Bool";
    case Kind::kLong: return "Long";
    case Kind::kString: return "String";
    case Kind::kDatetime: return "datetime";
    case Kind::kDuration: return "duration";
    case Kind::kDecimal: return "decimal";
    case Kind::kIp: return "ipaddr";
    case Kind::kAnyEntity: return "any entity";
    default: return "";
  }
}

bool is_identifier(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto part = [&](char c) { return letter(c) || (c >= '0' && c <= '9'); };
  return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), part);
}

void write(std::string& text, const CedarType& type);

void write_record(std::string& text, const CedarType& type) {
  text += "{";
  std::string_view before = " ";
  for (const AttributeType& attribute : type.attributes()) {
    if (text.size() > kTextMax) return;
    text += before;
    text += is_identifier(attribute.name) ? attribute.name : quote(attribute.name);
    text += attribute.required ? ": " : "?: ";
    write(text, attribute.type);
    before = ", ";
  }
  if (type.open()) text += std::string(before) + "…";
  text += type.open() || !type.attributes().empty() ? " }" : "}";
}

// Recursion is bounded by limits::kTypeDepthMax, the text by kTextMax and one name.
void write(std::string& text, const CedarType& type) {
  if (text.size() > kTextMax) return;
  switch (type.kind()) {
    case CedarType::Kind::kEntity: {
      std::string_view before;
      for (const std::string& name : type.entity_types()) {
        if (text.size() > kTextMax) return;
        text += std::string(before) + name;
        before = " or ";
      }
      return;
    }
    case CedarType::Kind::kSet:
      text += "Set<";
      write(text, type.element());
      text += ">";
      return;
    case CedarType::Kind::kRecord: return write_record(text, type);
    default: text += name_of(type.kind());
  }
}

}  // namespace

std::string to_text(const CedarType& type) {
  std::string text;
  write(text, type);
  if (text.size() <= kTextMax) return text;
  std::size_t end = kTextMax;
  while ((static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // between characters
  return text.substr(0, end) + "…";
}

}  // namespace steelyard::policy::validation
