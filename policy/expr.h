// Expr: one Cedar expression as a flat program: nodes in an array, children by index, literals and names in tables.
// Beside the specification's Spec/Expr.lean.
//
// The parser makes a tree of what was written, each node with one parent: validator, printers and translations walk it
// from root(). fold.h makes of it what is run many times: there `e has a.b` and `e is T in x` stand as the conjunctions
// that they mean, sub-expressions are shared (`e` stands under several parents), and walkers that must not repeat work
// remember what they did by index. The evaluator runs both.
// What does not depend on literals is its shape. Copies share it, and so may expressions that were made apart
// (shapes.h): policies that one generator prints differ in their literals alone, and what they share stays in the
// processor's cache.
//
// Owns: its literals; its shape and places together with others. Threads: immutable once built.
// Errors: add() refuses a node above limits::kExpressionDepthMax.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "policy/ext/functions.h"
#include "policy/few.h"
#include "policy/recent.h"
#include "policy/ref.h"
#include "policy/span.h"
#include "policy/value.h"
#include "policy/wildcard.h"

namespace steelyard::policy {

enum class Op : std::uint8_t {
  kLiteral,
  kVariable,
  kIf,   // condition, then, else
  kAnd,  // one or more operands, left to right
  kOr,   // two or more operands, left to right
  kNot,
  kNegate,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kContains,
  kContainsAll,
  kContainsAny,
  kIsEmpty,
  kGetTag,
  kHasTag,
  kGetAttribute,
  kHasAttribute,  // `e has a`, and in a tree `e has a.b.c`
  kLike,
  kIs,
  kIsIn,  // in a tree: `e is T in x`
  kSet,
  kRecord,
  kCall,  // an extension function
};

enum class Variable : std::uint8_t { kPrincipal, kAction, kResource, kContext };

using NodeIndex = std::uint32_t;

struct Node {
  Op op = Op::kLiteral;
  std::uint8_t further : 7 = 0;  // kHasAttribute: names of its path beyond the first
  // Read from JSON in the other of two forms: kHasAttribute with its names in a list, kSet, kRecord and kCall in a
  // value.
  std::uint8_t other_form : 1 = 0;
  std::uint16_t depth = 1;        // 1 for a leaf
  std::uint32_t children_at = 0;  // in the table of children
  std::uint32_t children = 0;
  std::uint32_t datum = 0;  // what it means depends on op; the accessors of Expr read it

  bool operator==(const Node&) const = default;
};

// An expression apart from its literals, of which it knows how many there are and where they stand.
struct Shape : Counted {
  std::vector<Node> nodes;
  std::vector<NodeIndex> children;
  std::vector<std::string> names;
  std::vector<Wildcard> patterns;
  NodeIndex root = 0;

  bool operator==(const Shape& other) const;
  std::size_t hash() const;
};

// Where its nodes stand in the source.
struct Places : Counted {
  std::vector<Span> spans;
};
struct SamePlaces {
  bool operator()(const Ref<Places>& a, const Ref<Places>& b) const {
    return a.same_as(b) || (a && b && a->spans == b->spans);
  }
};

class Expr {
 public:
  Expr();  // of no nodes

  const Node& node(NodeIndex index) const { return shape_->nodes[index]; }
  std::size_t size() const { return shape_->nodes.size(); }
  NodeIndex root() const { return shape_->root; }

  const Span& span(const Node& node) const {
    return places_->spans[static_cast<std::size_t>(&node - shape_->nodes.data())];
  }

  std::span<const NodeIndex> children(const Node& node) const {
    return {shape_->children.data() + node.children_at, node.children};
  }
  NodeIndex child(const Node& node, std::uint32_t nth = 0) const { return shape_->children[node.children_at + nth]; }

  const Value& literal(const Node& node) const { return literal(node.datum); }  // kLiteral
  const Value& literal(std::uint32_t place) const { return literals_[place]; }
  bool has_set_literals() const;
  void prefetch_sets() const {  // of literals, for whoever looks into them next
    for (const Value& literal : literals_) literal.prefetch();
  }
  Variable variable(const Node& node) const { return static_cast<Variable>(node.datum); }  // kVariable
  const std::string& name(const Node& node) const { return key(node, 0); }                 // attribute, type
  std::span<const std::string> path(const Node& node) const {                              // kHasAttribute
    return {shape_->names.data() + node.datum, std::size_t{1} + node.further};
  }
  // kRecord
  const std::string& key(const Node& node, std::uint32_t nth) const { return shape_->names[node.datum + nth]; }
  const Wildcard& pattern(const Node& node) const { return shape_->patterns[node.datum]; }           // kLike
  ext::Function function(const Node& node) const { return static_cast<ext::Function>(node.datum); }  // kCall

  const Shape& shape() const { return *shape_; }
  void share_shape(const Expr& other) { shape_ = other.shape_; }  // requires that the two are equal
  // For what is only run: of places it keeps line and column, which errors tell. Equal literals and places become one.
  void share_parts(Recent<Value>& literals, Recent<Ref<Places>, SamePlaces>& places);

  // Building, children first.
  void set_root(NodeIndex index) { own_shape().root = index; }
  NodeIndex add_literal(Value value, const Span& span);
  Result<NodeIndex> add_has(NodeIndex object, std::vector<std::string> path, const Span& span);
  Result<NodeIndex> add_is_in(NodeIndex left, std::string type, NodeIndex right, const Span& span);
  Result<NodeIndex> add(Op op, std::vector<NodeIndex> children, const Span& span, std::uint32_t datum = 0);
  std::uint32_t add_name(std::string name);
  std::uint32_t add_names(std::vector<std::string> added);
  std::uint32_t add_pattern(Wildcard pattern);
  void set_other_form(NodeIndex index) { own_shape().nodes[index].other_form = 1; }
  // For fold.h: what it adds around expressions that are within the limit is not held against them.
  NodeIndex add_folded(Op op, std::vector<NodeIndex> children, const Span& span, std::uint32_t datum = 0);

 private:
  // Those that mean a conjunction of others are as deep as that would be.
  Result<NodeIndex> add_deeper(Op op, std::vector<NodeIndex> children, const Span& span, std::uint32_t datum,
                               std::size_t by);
  std::uint16_t depth_of(const std::vector<NodeIndex>& children) const;
  NodeIndex append(const Node& node, const std::vector<NodeIndex>& children, const Span& span);
  Shape& own_shape() { return shape_.own(); }  // of nobody else: what others share is copied first

  Few<Value, 6> literals_;
  Ref<Shape> shape_;
  Ref<Places> places_;  // only errors ask
};

}  // namespace steelyard::policy
