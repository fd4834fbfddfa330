// RowFilter: one Cedar expression over `context.row`, which selects the rows that an agreement is about.
//
//   TRY_ASSIGN(const RowFilter filter, RowFilter::compile("context.row.division like \"1101*\"", catalogue.fields));
//   filter.condition();          // for a database
//   filter.selects(values);      // by the evaluator, for rows in memory
//
// Both mean the same, errors included: whatever cannot be said exactly as a condition is refused.
// Owns: its expression and condition. Threads: immutable. Errors: kFix, "line:column: why".
// Format: docs/formats/row-filter.md.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/exchange/row_condition.h"
#include "policy/expr.h"
#include "schemas/statement.h"

namespace steelyard::exchange {

class RowFilter {
 public:
  struct Field {
    FieldName name;
    schemas::ValueType type = schemas::ValueType::kString;
  };

  static Result<RowFilter> compile(std::string_view text, const std::vector<schemas::CatalogueField>& offered);

  const std::string& text() const { return text_; }
  const std::vector<Field>& fields() const { return fields_; }  // that it looks at, each once
  const RowCondition& condition() const { return condition_; }
  // REQUIRES: one value for each of fields(), of its type or null.
  bool selects(std::span<const schemas::Value> values) const;

 private:
  RowFilter() = default;

  std::string text_;
  policy::Expr expr_;
  std::vector<Field> fields_;
  RowCondition condition_;
};

}  // namespace steelyard::exchange
