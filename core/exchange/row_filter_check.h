// What may stand in a row filter, of what Cedar has: whatever means the same as a condition of a database. That it does
// not err, the validator says (row_schema.h). Private to row_filter*.cc.
//
// Owns: nothing; the expression and the fields outlive it. Threads: one owner. Errors: "line:column: why".
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "policy/expr.h"
#include "schemas/statement.h"

namespace steelyard::exchange {

class RowFilterCheck {
 public:
  RowFilterCheck(std::string_view text, const policy::Expr& expr, const std::vector<schemas::CatalogueField>& offered)
      : text_(text), expr_(expr), offered_(offered) {}

  Status run();

  // Of an expression that run() took, as places in the catalogue's fields: what it looks at; and the one that a node
  // stands for, nothing where it is none.
  const std::set<std::size_t>& used() const { return used_; }
  std::optional<std::size_t> field_at(policy::NodeIndex at) const;

 private:
  bool is_row(policy::NodeIndex at) const;  // `context.row`
  Status boolean(policy::NodeIndex at);
  Status has(policy::NodeIndex at);
  Result<std::size_t> named(policy::NodeIndex at);
  Result<const schemas::CatalogueField*> field(policy::NodeIndex at);
  Status comparison(policy::NodeIndex at);
  Status constant(policy::NodeIndex at, const policy::Value& value, const schemas::CatalogueField& field) const;
  Status contains(policy::NodeIndex at);
  Status like(policy::NodeIndex at);
  tl::unexpected<Error> refused(policy::NodeIndex at, const std::string& why) const;

  std::string_view text_;
  const policy::Expr& expr_;
  const std::vector<schemas::CatalogueField>& offered_;
  std::set<std::size_t> used_;
};

}  // namespace steelyard::exchange
