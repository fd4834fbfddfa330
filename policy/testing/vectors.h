// What tests of the language share: the published vectors beside the clone, files read whole, and results that must be
// there for a case to go on.
//
// Owns: an Archive its folder, which goes with it. Threads: one owner. Errors: by return value; must() throws, for the
// loop over the cases to tell and go on with the next.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "core/base/result.h"
#include "core/base/test_dir.h"

namespace steelyard::policy::testing {

inline const std::filesystem::path kVectors = "../shared/vectors/cedar";

inline std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

inline void must(const Status& status, const std::string& where) {
  if (!status) throw std::runtime_error(where + ": " + status.error().what);
}

template <class T>
T must(Result<T> result, const std::string& where) {
  if (!result) throw std::runtime_error(where + ": " + result.error().what);
  return std::move(*result);
}

// An archive of vectors, unpacked.
class Archive {
 public:
  explicit Archive(const std::string& name) {
    const std::string command =
        "tar xzf '" + (kVectors / name).string() + "' --exclude '._*' -C '" + folder_.path() + "'";
    unpacked_ = std::system(command.c_str()) == 0;
  }
  static bool exists(const std::string& name) { return std::filesystem::exists(kVectors / name); }
  bool unpacked() const { return unpacked_; }
  std::filesystem::path folder() const { return folder_.path(); }

 private:
  const TestDir folder_;
  bool unpacked_ = false;
};

}  // namespace steelyard::policy::testing
