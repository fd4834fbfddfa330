#include "core/config/file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "core/base/os_reason.h"

namespace steelyard::config {
namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;  // a map file of 256 fields is below 64 KiB

struct Closer {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

Error file_error(const std::string& path, int code) {
  return {ErrorKind::kFix, 0, fmt::format("reading {}: {}", path, os_reason(code))};
}

}  // namespace

const toml::key* key_of(const toml::table& table, std::string_view key) {
  const auto found = table.find(key);
  return found == table.end() ? nullptr : &found->first;
}

std::string_view kind_of(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table: return "a table";
    case toml::node_type::array: return "an array";
    case toml::node_type::string: return "a string";
    case toml::node_type::integer: return "an integer";
    case toml::node_type::floating_point: return "a number";
    case toml::node_type::boolean: return "a boolean";
    case toml::node_type::date: return "a date";
    case toml::node_type::time: return "a time";
    case toml::node_type::date_time: return "a date-time";
    default: return "nothing";
  }
}

Result<Table> parse(std::string_view text, const std::string& file_name) {
  auto file = std::make_shared<Table::File>();
  file->name = file_name;
  try {
    file->root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kFix,
                fmt::format("{}: not TOML: {}", file->place(error.source().begin), error.description()));
  } catch (const std::exception&) {
    return fail(ErrorKind::kLater, fmt::format("{}: no memory left to read it", file_name));
  }
  Table::Node* root = file->node_of(file->root, "", nullptr);
  return Table(std::move(file), root);
}

Result<Table> read_file(const std::string& path) {
  // O_NONBLOCK: a pipe put in the file's place must not hang us.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  const std::unique_ptr<std::FILE, Closer> file(fd < 0 ? nullptr : ::fdopen(fd, "r"));
  if (file == nullptr) return fail(file_error(path, errno));
  struct stat info {};
  if (::fstat(fd, &info) != 0) return fail(file_error(path, errno));
  if (S_ISDIR(info.st_mode)) return fail(file_error(path, EISDIR));
  if (!S_ISREG(info.st_mode))
    return fail(ErrorKind::kFix, fmt::format("{} is not a regular file: write it to one first", path));
  std::string text;
  char block[16 * 1024];
  while (text.size() <= kFileBytesMax) {
    const std::size_t n = std::fread(block, 1, sizeof(block), file.get());
    text.append(block, n);
    if (n < sizeof(block)) break;
  }
  if (std::ferror(file.get())) return fail(file_error(path, errno));
  if (text.size() > kFileBytesMax)
    return fail(ErrorKind::kFix, fmt::format("{} is larger than the {} octets that are read", path, kFileBytesMax));
  return parse(text, path);
}

}  // namespace steelyard::config
