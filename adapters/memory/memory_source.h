// MemorySource: rows held in memory with an index on the key; for measurements and tests.
//
// Content is either handed in or made up from the map's `rows`, `seed` and `row_bytes`: the same map gives the same
// rows. A made-up row costs about `row_bytes` in an answer that holds all its fields; nobody is in it.
//
// Owns: all rows. Threads, Errors: as RowSource. A read by key costs a look-up and the copy of its values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/row_source.h"

namespace steelyard::adapters {

class MemorySource final : public RowSource {
 public:
  // Makes content up. Errors: config where the map asks for more than fits.
  static Result<std::unique_ptr<MemorySource>> generate(DatasetMap map, const Clock& clock);

  // `rows` has one column per field of the map, in the map's order, with values of the map's types.
  static Result<std::unique_ptr<MemorySource>> of(DatasetMap map, schemas::Rows rows, const Clock& clock);

  Result<ReadResult> read(const ReadPlan& plan) override;
  const DatasetMap& map() const override { return map_; }

 private:
  using RowNumbers = std::vector<std::uint32_t>;

  struct Test {  // one parameter of a plan
    const schemas::Column* column;
    const schemas::Parameter* parameter;
  };

  MemorySource(DatasetMap map, schemas::Rows rows, const Clock& clock);

  std::size_t position_of(const FieldName& field) const;
  void index(std::size_t key_position);
  const RowNumbers* rows_with_key(const schemas::Value& value) const;
  bool uses_key(const schemas::Parameter& parameter) const;
  Status visit(const std::vector<Test>& tests, const RowNumbers* candidates, Duration until, ReadResult& result,
               const std::vector<const schemas::Column*>& columns, RowBudget budget) const;

  DatasetMap map_;
  schemas::Rows rows_;
  const Clock& clock_;
  std::unordered_map<std::string, RowNumbers> by_text_;
  std::unordered_map<std::int64_t, RowNumbers> by_number_;
  std::optional<std::size_t> as_of_position_;
};

// The key of row `row` of every made-up dataset whose key is of that type: "k00000042", or 42.
schemas::Value generated_key(schemas::ValueType type, std::uint64_t row);

}  // namespace steelyard::adapters
