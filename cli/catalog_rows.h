// A government catalogue as spreadsheets have it, as dataset files for `catalog publish`.
//
// One row for an information item, or one for a dataset with its items joined by 、 or ；. What a dataset's rows say of
// the dataset must agree; an empty cell says what the row above said. Columns have their usual names, kColumns; others
// are passed over.
// Threads: pure. Errors are data: each with its line and the column's name.
// Format: docs/cli.md, Catalogues as CSV.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/csv_reader.h"

namespace steelyard::cli {

struct ImportPlan {
  std::string owner;  // member id
  std::string duty;   // ids, of all datasets
  std::string system;
  std::string provider;  // take only rows of this 提供方; empty: all, and they must be of one
};

struct DatasetFile {
  std::string dataset;  // "civil-affairs/household"
  std::string name;     // "household.dataset.toml"
  std::string text;
};

struct ImportedCatalogue {
  std::vector<DatasetFile> files;
  std::vector<std::string> problems;  // "12:更新周期: ..."; with any, files mean nothing
  std::vector<std::string> notes;     // what was passed over
};

ImportedCatalogue import_catalogue(const std::vector<CsvRecord>& records, const ImportPlan& plan);

}  // namespace steelyard::cli
