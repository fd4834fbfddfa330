#include "policy/expr.h"

#include <algorithm>

#include "core/base/limits.h"
#include "policy/hash.h"

namespace steelyard::policy {

std::size_t Shape::hash() const {
  std::size_t hash = root;
  for (const Node& node : nodes) hash = mix_hash(mix_hash(hash, static_cast<std::size_t>(node.op)), node.datum);
  for (const NodeIndex child : children) hash = mix_hash(hash, child);
  for (const std::string& name : names) hash = mix_hash(hash, hash_text(name));
  for (const Wildcard& pattern : patterns)
    for (const std::string& piece : pattern.pieces()) hash = mix_hash(hash, hash_text(piece));
  return hash;
}

bool Shape::operator==(const Shape& other) const {
  return root == other.root && nodes == other.nodes && children == other.children && names == other.names &&
         patterns == other.patterns;
}

Expr::Expr() {
  static const Ref<Shape> kShape(new Shape);
  static const Ref<Places> kPlaces(new Places);
  shape_ = kShape;
  places_ = kPlaces;
}

void Expr::share_parts(Recent<Value>& literals, Recent<Ref<Places>, SamePlaces>& places) {
  for (Value& literal : literals_) literal = literals.one_of(literal, literal.hash());
  std::size_t hash = 0;
  for (Span& span : places_.own().spans) {
    span = {.line = span.line, .column = span.column};
    hash = mix_hash(mix_hash(hash, span.line), span.column);
  }
  places_ = places.one_of(places_, hash);
}

bool Expr::has_set_literals() const {
  return std::any_of(literals_.begin(), literals_.end(), [](const Value& one) { return one.is(Type::kSet); });
}

NodeIndex Expr::add_literal(Value value, const Span& span) {
  Shape& shape = own_shape();
  literals_.push_back(std::move(value));
  shape.nodes.push_back({.op = Op::kLiteral, .datum = static_cast<std::uint32_t>(literals_.size() - 1)});
  places_.own().spans.push_back(span);
  return static_cast<NodeIndex>(shape.nodes.size() - 1);
}

Result<NodeIndex> Expr::add(Op op, std::vector<NodeIndex> children, const Span& span, std::uint32_t datum) {
  return add_deeper(op, std::move(children), span, datum, 1);
}

Result<NodeIndex> Expr::add_has(NodeIndex object, std::vector<std::string> path, const Span& span) {
  const std::size_t names = path.size();
  TRY_ASSIGN(const NodeIndex at,
             add_deeper(Op::kHasAttribute, {object}, span, add_names(std::move(path)), names == 1 ? 1 : names + 1));
  own_shape().nodes[at].further = (names - 1) & 0x7F;
  return at;
}

Result<NodeIndex> Expr::add_is_in(NodeIndex left, std::string type, NodeIndex right, const Span& span) {
  return add_deeper(Op::kIsIn, {left, right}, span, add_name(std::move(type)), 2);
}

Result<NodeIndex> Expr::add_deeper(Op op, std::vector<NodeIndex> children, const Span& span, std::uint32_t datum,
                                   std::size_t by) {
  static_assert(limits::kExpressionDepthMax <= 128, "a path of more names does not fit Node::further");
  const std::size_t depth = depth_of(children) + by;
  if (depth > limits::kExpressionDepthMax) {
    return fail_at(span, "the expression nests deeper than " + std::to_string(limits::kExpressionDepthMax) + " levels");
  }
  return append({.op = op, .depth = static_cast<std::uint16_t>(depth), .datum = datum}, children, span);
}

NodeIndex Expr::add_folded(Op op, std::vector<NodeIndex> children, const Span& span, std::uint32_t datum) {
  const auto depth = static_cast<std::uint16_t>(depth_of(children) + 1);
  return append({.op = op, .depth = depth, .datum = datum}, children, span);
}

std::uint16_t Expr::depth_of(const std::vector<NodeIndex>& children) const {
  std::uint16_t depth = 0;
  for (const auto child : children) depth = std::max(depth, node(child).depth);
  return depth;
}

NodeIndex Expr::append(const Node& node, const std::vector<NodeIndex>& children, const Span& span) {
  Shape& shape = own_shape();
  shape.nodes.push_back(node);
  shape.nodes.back().children_at = static_cast<std::uint32_t>(shape.children.size());
  shape.nodes.back().children = static_cast<std::uint32_t>(children.size());
  places_.own().spans.push_back(span);
  shape.children.insert(shape.children.end(), children.begin(), children.end());
  return static_cast<NodeIndex>(shape.nodes.size() - 1);
}

std::uint32_t Expr::add_name(std::string name) {
  auto& names = own_shape().names;
  names.push_back(std::move(name));
  return static_cast<std::uint32_t>(names.size() - 1);
}

std::uint32_t Expr::add_names(std::vector<std::string> added) {
  auto& names = own_shape().names;
  const auto first = static_cast<std::uint32_t>(names.size());
  std::move(added.begin(), added.end(), std::back_inserter(names));
  return first;
}

std::uint32_t Expr::add_pattern(Wildcard pattern) {
  auto& patterns = own_shape().patterns;
  patterns.push_back(std::move(pattern));
  return static_cast<std::uint32_t>(patterns.size() - 1);
}

}  // namespace steelyard::policy
