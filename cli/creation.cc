#include "cli/creation.h"

#include <filesystem>

#include "cli/folder.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {

Creation::~Creation() {
  for (auto one = paths_.rbegin(); one != paths_.rend(); ++one) {
    std::error_code ignored;  // what cannot be removed stays; the verb's own error is the one to tell
    if (one->with_contents)
      std::filesystem::remove_all(one->path, ignored);
    else
      std::filesystem::remove(one->path, ignored);
  }
}

Status Creation::folder(const std::string& path) {
  TRY_ASSIGN(const bool there, store::exists(path));
  TRY(store::make_dir(path, 0700));
  if (!there) paths_.push_back({path, false});
  return {};
}

Status Creation::file(const std::string& path, const std::string& text, unsigned mode) {
  TRY(write_text(path, text, mode));
  paths_.push_back({path, false});
  return {};
}

void Creation::made(const std::string& path) { paths_.push_back({path, true}); }

}  // namespace steelyard::cli
