#include "policy/validation/capabilities.h"

#include <algorithm>
#include <iterator>

#include "policy/hash.h"

namespace steelyard::policy::validation {
namespace {

void append(std::string& key, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) key += static_cast<char>(number >> shift);
}

void append(std::string& key, std::string_view text) {
  append(key, static_cast<std::uint32_t>(text.size()));
  key += text;
}

// What a node says beside its operation and its children.
void append_datum(std::string& key, const Expr& expr, const Node& node) {
  switch (node.op) {
    case Op::kLiteral: return append(key, to_source(expr.literal(node)));
    case Op::kVariable: return append(key, static_cast<std::uint32_t>(expr.variable(node)));
    case Op::kCall: return append(key, static_cast<std::uint32_t>(expr.function(node)));
    case Op::kGetAttribute:
    case Op::kIs:
    case Op::kIsIn: return append(key, expr.name(node));
    case Op::kHasAttribute:
      for (const std::string& name : expr.path(node)) append(key, name);
      return;
    case Op::kLike:
      for (const std::string& piece : expr.pattern(node).pieces()) append(key, piece);
      return;
    case Op::kRecord:
      for (std::uint32_t nth = 0; nth < node.children; ++nth) append(key, expr.key(node, nth));
      return;
    default: return;
  }
}

std::string key_of(Op op, std::initializer_list<std::uint32_t> children) {
  std::string key(1, static_cast<char>(op));
  append(key, static_cast<std::uint32_t>(children.size()));
  for (const std::uint32_t child : children) append(key, child);
  return key;
}

}  // namespace

std::vector<Subexpressions::Number> Subexpressions::number(const Expr& expr) {
  std::vector<Number> numbers;
  numbers.reserve(expr.size());
  for (NodeIndex index = 0; index < expr.size(); ++index) {  // children stand before their parents
    const Node& node = expr.node(index);
    std::string key(1, static_cast<char>(node.op));
    append(key, node.children);
    for (const NodeIndex child : expr.children(node)) append(key, numbers[child]);
    append_datum(key, expr, node);
    numbers.push_back(of(std::move(key)));
  }
  return numbers;
}

Subexpressions::Number Subexpressions::attribute(Number object, std::string_view name) {
  std::string key = key_of(Op::kGetAttribute, {object});
  append(key, name);
  return of(std::move(key));
}

Subexpressions::Number Subexpressions::text(std::string_view literal) {
  std::string key = key_of(Op::kLiteral, {});
  append(key, quote(literal));
  return of(std::move(key));
}

Subexpressions::Number Subexpressions::of(std::string key) {
  return numbers_.emplace(std::move(key), static_cast<Number>(numbers_.size())).first->second;
}

Earned intersection(Earned a, Earned b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  Earned both;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(both));
  return both;
}

std::size_t Capabilities::Hash::operator()(const Capability& capability) const {
  return mix_hash(capability.object, std::size_t{capability.key} * 2 + (capability.is_tag ? 1 : 0));
}

void Capabilities::add(const Earned& earned) {
  for (const Capability& capability : earned) ++held_[capability];
}

void Capabilities::remove(const Earned& earned) {
  for (const Capability& capability : earned) {
    const auto found = held_.find(capability);
    if (--found->second == 0) held_.erase(found);
  }
}

}  // namespace steelyard::policy::validation
