#include "adapters/folder_of_names.h"

#include <sys/stat.h>
#include <time.h>

#include <cerrno>
#include <filesystem>

#include "core/base/ids.h"
#include "core/base/os_reason.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

// Two changes within one tick of the kernel's clock leave one time: a folder that changed this lately is read again.
constexpr std::int64_t kFreshNs = 100'000'000;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

Error unreadable(const std::string& dir, const std::string& why) {
  return {ErrorKind::kStop, schemas::code::config, "reading " + dir + ": " + why};
}

}  // namespace

Result<bool> FolderOfNames::look() {
  struct stat now {};
  if (::stat(dir_.c_str(), &now) != 0) {
    if (errno != ENOENT) return fail(unreadable(dir_, os_reason(errno)));
    const bool had = !names_.empty();
    names_.clear();
    changed_ns_ = -1;
    return had;
  }
  const std::int64_t changed = nanoseconds(now.st_mtim);
  if (changed == changed_ns_) return false;
  TRY(read());
  timespec wall{};
  ::clock_gettime(CLOCK_REALTIME, &wall);
  changed_ns_ = nanoseconds(wall) - changed > kFreshNs ? changed : -1;
  return true;
}

Status FolderOfNames::read() {
  std::set<std::string> found;
  std::error_code failed;
  std::filesystem::directory_iterator entry(dir_, failed);
  for (; !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    std::string name = entry->path().filename().string();
    if (auto checked = check_name(name); !checked)
      return fail(unreadable(dir_, checked.error().what + "; only files named after " + what_ + " may stand there"));
    found.emplace(std::move(name));
  }
  if (failed) return fail(unreadable(dir_, failed.message()));
  names_ = std::move(found);
  return {};
}

}  // namespace steelyard::adapters
