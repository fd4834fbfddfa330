#include "core/store/durable_file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "core/store/os_error.h"

namespace steelyard::store {
namespace {

class Fd {
 public:
  explicit Fd(int fd) : fd_(fd) {}
  ~Fd() {
    if (fd_ >= 0) ::close(fd_);
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  // Some file systems report a failed write only here.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

 private:
  int fd_;
};

bool write_all(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(n));
  }
  return true;
}

Status check_mode(const std::string& path, const struct stat& info) {
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::kFix, fmt::format("{} is not a regular file", path));
  if ((info.st_mode & 0177) != 0)
    return fail(ErrorKind::kFix, fmt::format("{} holds a secret but has mode {:04o}: run chmod 600 {}", path,
                                             static_cast<unsigned>(info.st_mode & 07777), path));
  return {};
}

Result<Bytes> read_open_file(const std::string& path, int fd, std::size_t bytes_max) {
  Bytes bytes;
  std::uint8_t block[64 * 1024];
  for (;;) {
    const ssize_t n = ::read(fd, block, sizeof(block));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(os_error(ErrorKind::kFix, "reading " + path, errno));
    if (n == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(n) > bytes_max)
      return fail(ErrorKind::kFix, fmt::format("{} is larger than the {} octets that are read", path, bytes_max));
    append(bytes, {block, static_cast<std::size_t>(n)});
  }
}

Result<Bytes> read(const std::string& path, std::size_t bytes_max, bool secret) {
  // O_NONBLOCK: a pipe put in the file's place must not hang us.
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd.ok()) return fail(os_error(ErrorKind::kFix, "opening " + path, errno));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail(os_error(ErrorKind::kFix, "reading " + path, errno));
  if (S_ISDIR(info.st_mode)) return fail(os_error(ErrorKind::kFix, "reading " + path, EISDIR));
  if (!S_ISREG(info.st_mode))
    return fail(ErrorKind::kFix, fmt::format("{} is not a regular file: write it to one first", path));
  if (secret) TRY(check_mode(path, info));
  return read_open_file(path, fd.get(), bytes_max);
}

Status write_synced(const std::string& path, ByteView bytes, unsigned mode) {
  Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.ok()) return fail(os_error(ErrorKind::kFix, "creating " + path, errno));
  if (::fchmod(fd.get(), mode) != 0) return fail(os_error(ErrorKind::kFix, "setting the mode of " + path, errno));
  if (!write_all(fd.get(), bytes)) return fail(os_error(ErrorKind::kStop, "writing " + path, errno));
  if (::fsync(fd.get()) != 0) return fail(os_error(ErrorKind::kStop, "syncing " + path, errno));
  if (!fd.close()) return fail(os_error(ErrorKind::kStop, "closing " + path, errno));
  return {};
}

}  // namespace

Status write_file_durably(const std::string& path, ByteView bytes, unsigned mode) {
  const std::string temporary = path + ".tmp";
  if (::unlink(temporary.c_str()) != 0 && errno != ENOENT)  // left by a crash
    return fail(os_error(ErrorKind::kFix, "removing " + temporary, errno));
  if (auto written = write_synced(temporary, bytes, mode); !written) {
    ::unlink(temporary.c_str());
    return written;
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    const int code = errno;
    ::unlink(temporary.c_str());
    return fail(os_error(ErrorKind::kFix, fmt::format("renaming {} to {}", temporary, path), code));
  }
  return sync_dir(parent_of(path));
}

Result<Bytes> read_file(const std::string& path, std::size_t bytes_max) { return read(path, bytes_max, false); }

Result<Bytes> read_secret_file(const std::string& path, std::size_t bytes_max) { return read(path, bytes_max, true); }

Status check_secret_mode(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(os_error(ErrorKind::kFix, "opening " + path, errno));
  return check_mode(path, info);
}

Status check_private_folder(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 077) == 0) return {};
  return fail(ErrorKind::kFix, fmt::format("{0} may be read by group or others: chmod 700 {0}", path));
}

Status make_dir(const std::string& path, unsigned mode) {
  if (::mkdir(path.c_str(), mode) != 0) {
    const int code = errno;
    struct stat info {};
    if (code == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return fail(os_error(ErrorKind::kFix, "creating the folder " + path, code));
  }
  return sync_dir(parent_of(path));
}

Status rename_durably(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0)
    return fail(os_error(ErrorKind::kFix, fmt::format("renaming {} to {}", from, to), errno));
  TRY(sync_dir(parent_of(to)));
  return parent_of(from) == parent_of(to) ? Status() : sync_dir(parent_of(from));
}

Status sync_dir(const std::string& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.ok()) return fail(os_error(ErrorKind::kFix, "opening the folder " + path, errno));
  if (::fsync(fd.get()) != 0) return fail(os_error(ErrorKind::kStop, "syncing the folder " + path, errno));
  return {};
}

std::string parent_of(const std::string& path) {
  const auto end = path.find_last_not_of('/');
  if (end == std::string::npos) return path.empty() ? "." : "/";
  const auto slash = path.rfind('/', end);
  if (slash == std::string::npos) return ".";
  const auto parent_end = path.find_last_not_of('/', slash);
  return parent_end == std::string::npos ? "/" : path.substr(0, parent_end + 1);
}

Result<bool> exists(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT) return false;
  return fail(os_error(ErrorKind::kFix, "looking for " + path, errno));
}

Result<bool> is_on_tmpfs(const std::string& path) {
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0)
    return fail(os_error(ErrorKind::kFix, "asking for the file system of " + path, errno));
  return info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC;
}

Result<bool> on_same_file_system(const std::string& a, const std::string& b) {
  struct stat one {
  }, two{};
  if (::stat(a.c_str(), &one) != 0) return fail(os_error(ErrorKind::kFix, "looking for " + a, errno));
  if (::stat(b.c_str(), &two) != 0) return fail(os_error(ErrorKind::kFix, "looking for " + b, errno));
  return one.st_dev == two.st_dev;
}

}  // namespace steelyard::store
