// Expr: one Cedar expression as a flat program: nodes in an array, children by index, literals and names in tables.
//
// The parser makes it, fold() makes its constant parts into literals, evaluator.h runs it, and whoever translates it
// (a row filter into SQL) walks it from root(). Sub-expressions may be shared: `e has a.b` uses `e` twice, so walkers
// that must not repeat work remember what they did by index.
// Owns: its tables. Threads: immutable once built. Errors: add() refuses a node above limits::kExpressionDepthMax.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "policy/ext/functions.h"
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
  kHasAttribute,
  kLike,
  kIs,
  kSet,
  kRecord,
  kCall,  // an extension function
};

enum class Variable : std::uint8_t { kPrincipal, kAction, kResource, kContext };

using NodeIndex = std::uint32_t;

struct Node {
  Op op = Op::kLiteral;
  std::uint16_t depth = 1;        // 1 for a leaf
  std::uint32_t children_at = 0;  // in the table of children
  std::uint32_t children = 0;
  std::uint32_t datum = 0;  // what it means depends on op; the accessors below read it
};

class Expr {
 public:
  const Node& node(NodeIndex index) const { return nodes_[index]; }
  std::size_t size() const { return nodes_.size(); }
  NodeIndex root() const { return root_; }
  void set_root(NodeIndex index) { root_ = index; }

  const Span& span(const Node& node) const { return spans_[static_cast<std::size_t>(&node - nodes_.data())]; }

  std::span<const NodeIndex> children(const Node& node) const {
    return {children_.data() + node.children_at, node.children};
  }
  NodeIndex child(const Node& node, std::uint32_t nth = 0) const { return children_[node.children_at + nth]; }

  const Value& literal(const Node& node) const { return literals_[node.datum]; }           // kLiteral
  Variable variable(const Node& node) const { return static_cast<Variable>(node.datum); }  // kVariable
  const std::string& name(const Node& node) const { return names_[node.datum]; }           // attribute, type
  const std::string& key(const Node& node, std::uint32_t nth) const { return names_[node.datum + nth]; }  // kRecord
  const Wildcard& pattern(const Node& node) const { return patterns_[node.datum]; }                       // kLike
  ext::Function function(const Node& node) const { return static_cast<ext::Function>(node.datum); }       // kCall

  // Building, children first.
  NodeIndex add_literal(Value value, const Span& span);
  Result<NodeIndex> add(Op op, std::vector<NodeIndex> children, const Span& span, std::uint32_t datum = 0);
  std::uint32_t add_name(std::string name);
  std::uint32_t add_names(std::vector<std::string> names);
  std::uint32_t add_pattern(Wildcard pattern);

 private:
  std::vector<Node> nodes_;
  std::vector<Span> spans_;  // of the nodes, apart from them: only errors ask
  std::vector<NodeIndex> children_;
  std::vector<Value> literals_;
  std::vector<std::string> names_;
  std::vector<Wildcard> patterns_;
  NodeIndex root_ = 0;
};

}  // namespace steelyard::policy
