// CaseFiles: the files of cases, as they stand in a folder or in an archive (tar, compressed or not).
//
// What an archive holds is read whole into memory, bounded; a folder is read file by file.
// Owns: what it read. Threads: one owner. Errors: kFix: what is no file, folder or archive; archives above their
// limits.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace steelyard::cli {

class CaseFiles {
 public:
  // A folder, an archive, or the one file of a case. Of a folder the archives that stand in it come after it.
  static Result<std::vector<CaseFiles>> open(const std::string& path);

  const std::vector<std::string>& documents() const { return documents_; }  // every *.json, sorted
  Result<std::string> read(const std::string& path) const;                  // of documents(), or found by find()

  // Whether everything in it is of the kind that stands beside cases: results of the validator, schemas in JSON.
  bool only_beside() const;

  // A path that the case `of` names: as it stands (from the folder where the program was started, or the archive's
  // root), else from the case's folder or one of those above it. Empty: there is none.
  std::string find(const std::string& of, std::string_view path) const;

 private:
  CaseFiles() = default;
  bool exists(const std::string& path) const;
  Status read_archive(const std::string& path);
  Status list_folder(const std::string& path, std::vector<std::string>& archives);

  bool archive_ = false;
  std::map<std::string, std::string, std::less<>> held_;  // of an archive: path → text
  std::vector<std::string> documents_;
};

}  // namespace steelyard::cli
