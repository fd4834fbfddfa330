#include "adapters/masking.h"

#include "adapters/row_source.h"
#include "adapters/typed_value.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

// How many rows, from the first, fit one answer.
std::uint32_t fitting(const schemas::Rows& rows) {
  RowBudget budget{ReadPlan{}};
  for (std::uint32_t row = 0; row < rows.count; ++row) {
    std::size_t bytes = 0;
    for (const schemas::Column& column : rows.columns) bytes += encoded_size(column.values[row]);
    if (!budget.has_room(bytes)) return row;
    budget.take(bytes);
  }
  return rows.count;
}

}  // namespace

Status check_masks(const exchange::OwnTerms& terms, const DatasetMap& map) {
  for (const auto& [name, mask] : terms.masks)
    if (const MappedField* field = map.field(name); field != nullptr && !mask.stands_on(field->type))
      return fail(schemas::error_of(schemas::code::source_changed,
                                    "the map has field `" + name.text + "` as " + std::string(name_of(field->type)) +
                                        ", on which its mask does not stand: give it the catalogue's type"));
  return {};
}

bool mask_rows(const exchange::OwnTerms& terms, const Digest& key, schemas::Rows& rows) {
  bool longer = false;
  for (schemas::Column& column : rows.columns) {
    const auto mask = terms.masks.find(column.name);
    if (mask == terms.masks.end()) continue;
    longer = longer || mask->second.lengthens();
    for (schemas::Value& value : column.values) value = mask->second.apply(column.type, value, key);
  }
  if (!longer) return false;
  const std::uint32_t whole = rows.count;
  rows.count = fitting(rows);
  for (schemas::Column& column : rows.columns) column.values.resize(rows.count);
  return rows.count < whole;
}

}  // namespace steelyard::adapters
