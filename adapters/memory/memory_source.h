// MemorySource: rows held in memory with an index on the key; for measurements and tests.
//
// Content is either handed in or made up from the map's `rows`, `seed` and `row_bytes`: the same map gives the same
// rows. A made-up row costs about `row_bytes` in an answer that holds all its fields; nobody is in it. With a
// `read_time` each read takes at least that long, as a database's would, and no more than its plan's timeout.
//
// Owns: all rows (row_store.h). Threads, Errors: as RowSource. A read by key costs a look-up and the copy of its
// values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/memory/row_store.h"
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
  struct Test {  // one parameter of a plan
    std::size_t column;
    const schemas::Parameter* parameter;
  };

  MemorySource(DatasetMap map, const schemas::Rows& rows, const Clock& clock);

  std::size_t position_of(const FieldName& field) const;
  bool uses_key(const schemas::Parameter& parameter) const;
  bool holds(const Test& test, RowStore::RowNumber row);
  bool selected(const exchange::RowFilter& filter, RowStore::RowNumber row);
  Status visit(const ReadPlan& plan, const std::vector<Test>& tests, bool by_key, Duration until, ReadResult& result,
               const std::vector<std::size_t>& columns);
  void note_as_of(RowStore::RowNumber row, ReadResult& result);

  DatasetMap map_;
  RowStore rows_;
  const Clock& clock_;
  std::optional<std::size_t> as_of_position_;
  std::vector<RowStore::RowNumber> candidates_;  // of a read by key; this and the next: scratch
  schemas::Value value_;
};

// The key of row `row` of every made-up dataset whose key is of that type: "k00000042", or 42.
schemas::Value generated_key(schemas::ValueType type, std::uint64_t row);

}  // namespace steelyard::adapters
