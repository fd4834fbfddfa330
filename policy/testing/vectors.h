// What tests of the language share: the published vectors beside the clone, and files read whole.
//
// Owns: an Archive its folder, which goes with it. Threads: one owner. Errors: by return value.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "core/base/test_dir.h"

namespace steelyard::policy::testing {

inline const std::filesystem::path kVectors = "../shared/vectors/cedar";

inline std::string read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
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
