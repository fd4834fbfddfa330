// Creation: files and folders that a verb makes, all or none: what was made is removed again unless keep() is called.
//
// Only what this object made is removed; a folder that was there stays, and so does one in which something else stands
// by then. Threads: one. Errors: kFix, naming the path.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"

namespace steelyard::cli {

class Creation {
 public:
  Creation() = default;
  ~Creation();
  Creation(const Creation&) = delete;
  Creation& operator=(const Creation&) = delete;

  Status folder(const std::string& path);  // mode 0700; one that is there will do
  Status file(const std::string& path, const std::string& text, unsigned mode = 0644);  // must not be there
  void made(const std::string& path);  // by other means: a file, or a folder with all that is in it
  void keep() { paths_.clear(); }

 private:
  struct Made {
    std::string path;
    bool with_contents;
  };
  std::vector<Made> paths_;
};

}  // namespace steelyard::cli
