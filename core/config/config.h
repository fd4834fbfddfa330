// config::Table: one table of a TOML file, read key by key; what nobody asked for is an error in the end.
//
//   TRY_ASSIGN(Table file, read_file(path));
//   TRY_ASSIGN(config.listen, file.text("listen"));                        // required
//   TRY_ASSIGN(config.wait, file.duration("wait", seconds(5)));            // with a default
//   TRY_ASSIGN(Table source, file.table("source"));
//   TRY_ASSIGN(config.rows, source.integer("rows_max", {1, 10'000}, 100));
//   TRY(file.finish());                                                    // this table and all below it
//
// Getters without a default fail where the key is missing. Every error starts with file:line:column, names the key in
// backticks and says what to write. Tables of one file share it; they may outlive the first.
// Owns: the parsed file, shared. Threads: one at a time. Errors: kFix.
// Format: TOML 1.0; durations "250ms", "5s", "10m", "2h", "7d"; sizes "512B", "64KiB", "1MiB", "64GiB".
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"

namespace steelyard::config {

struct Range {  // both ends included
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

class Table {
 public:
  Result<std::string> text(std::string_view key) const;
  Result<std::string> text(std::string_view key, std::string_view otherwise) const;
  Result<std::string> one_of(std::string_view key, const std::vector<std::string>& choices) const;
  Result<std::string> one_of(std::string_view key, const std::vector<std::string>& choices,
                             std::string_view otherwise) const;
  Result<std::vector<std::string>> texts(std::string_view key) const;  // an array of strings
  Result<std::vector<std::string>> texts(std::string_view key, const std::vector<std::string>& otherwise) const;
  Result<bool> boolean(std::string_view key) const;
  Result<bool> boolean(std::string_view key, bool otherwise) const;
  Result<std::int64_t> integer(std::string_view key, Range range) const;
  Result<std::int64_t> integer(std::string_view key, Range range, std::int64_t otherwise) const;
  Result<double> real(std::string_view key, double min, double max) const;  // an integer will do
  Result<double> real(std::string_view key, double min, double max, double otherwise) const;
  Result<Duration> duration(std::string_view key) const;  // 0 or more
  Result<Duration> duration(std::string_view key, Duration otherwise) const;
  Result<std::uint64_t> size(std::string_view key) const;  // octets
  Result<std::uint64_t> size(std::string_view key, std::uint64_t otherwise) const;
  Result<Instant> instant(std::string_view key) const;  // a TOML date or date-time with offset, or such text
  Result<std::optional<Instant>> optional_instant(std::string_view key) const;

  // A relative path starts at the file's own folder. A secret must be a regular file of mode 0600 or less.
  Result<std::string> path(std::string_view key) const;
  Result<std::string> path(std::string_view key, std::string_view otherwise) const;
  Result<std::string> secret_path(std::string_view key) const;

  // A registered name: id<MemberId>("member"), id<DatasetId>("dataset").
  template <class Id>
  Result<Id> id(std::string_view key) const {
    TRY_ASSIGN(std::string value, text(key));
    auto checked = std::is_same_v<Id, DatasetId> ? check_dataset_id(value) : check_name(value);
    if (!checked) return fail(error(key, checked.error().what));
    return Id(std::move(value));
  }
  template <class Id>
  Result<std::vector<Id>> ids(std::string_view key) const {
    TRY_ASSIGN(auto values, texts(key));
    std::vector<Id> made;
    for (std::string& value : values) {
      auto checked = std::is_same_v<Id, DatasetId> ? check_dataset_id(value) : check_name(value);
      if (!checked) return fail(error(key, checked.error().what));
      made.emplace_back(std::move(value));
    }
    return made;
  }

  Result<Table> table(std::string_view key) const;
  Result<std::optional<Table>> optional_table(std::string_view key) const;
  Result<std::vector<Table>> tables(std::string_view key) const;  // [[key]]; a missing key is no tables
  bool has(std::string_view key) const;                           // asking is not reading
  std::vector<std::string> keys() const;  // in the order of the file, for tables whose keys are data

  Status finish() const;  // an error for the first key, in this table or one read from it, that nobody read

  // An error of the caller's own about a key's value (or about the table, where it has no such key).
  Error error(std::string_view key, std::string_view what) const;
  std::string where() const;  // "file:line:column" of the table

 private:
  struct File;
  struct Node;
  friend Result<Table> parse(std::string_view text, const std::string& file_name);

  Table(std::shared_ptr<File> file, Node* node) : file_(std::move(file)), node_(node) {}
  Error missing(std::string_view key, std::string_view example) const;
  Result<std::string> resolved(std::string_view key, std::string value) const;

  std::shared_ptr<File> file_;
  Node* node_;
};

Result<Table> read_file(const std::string& path);                          // at most 1 MiB
Result<Table> parse(std::string_view text, const std::string& file_name);  // the name is for errors and paths

}  // namespace steelyard::config
