// The typed getters: each reads a key, or says where and what to write instead.
#include <sys/stat.h>

#include <cerrno>
#include <cmath>

#include <fmt/format.h>

#include "core/base/os_reason.h"
#include "core/config/file.h"
#include "core/config/units.h"

namespace steelyard::config {
namespace {

std::string expected(std::string_view what, const toml::node& found, std::string_view example) {
  return fmt::format("expected {}, found {}: write {}", what, kind_of(found), example);
}

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "\"" : ", \"") + name + "\"";
  return list;
}

}  // namespace

Result<std::string> Table::text(std::string_view key) const {
  const toml::node* node = node_->ask(key);
  const std::string example = fmt::format("{} = \"...\"", key);
  if (node == nullptr) return fail(missing(key, example));
  const auto* value = node->as_string();
  if (value == nullptr) return fail(error(key, expected("a string", *node, example)));
  return value->get();
}

Result<std::string> Table::text(std::string_view key, std::string_view otherwise) const {
  return node_->ask(key) == nullptr ? Result<std::string>(std::string(otherwise)) : text(key);
}

Result<std::string> Table::one_of(std::string_view key, const std::vector<std::string>& choices) const {
  TRY_ASSIGN(std::string value, text(key));
  for (const std::string& choice : choices)
    if (choice == value) return value;
  return fail(error(key, fmt::format("expected one of {}, found \"{}\"", list_of(choices), value)));
}

Result<std::string> Table::one_of(std::string_view key, const std::vector<std::string>& choices,
                                  std::string_view otherwise) const {
  return node_->ask(key) == nullptr ? Result<std::string>(std::string(otherwise)) : one_of(key, choices);
}

Result<std::vector<std::string>> Table::texts(std::string_view key) const {
  const toml::node* node = node_->ask(key);
  const std::string example = fmt::format("{} = [\"...\", \"...\"]", key);
  if (node == nullptr) return fail(missing(key, example));
  const toml::array* array = node->as_array();
  if (array == nullptr) return fail(error(key, expected("an array of strings", *node, example)));
  std::vector<std::string> values;
  for (const toml::node& item : *array) {
    const auto* value = item.as_string();
    if (value == nullptr)
      return fail(ErrorKind::kFix,
                  fmt::format("{}: `{}`: {}", file_->place(item), key, expected("strings only", item, example)));
    values.push_back(value->get());
  }
  return values;
}

Result<std::vector<std::string>> Table::texts(std::string_view key, const std::vector<std::string>& otherwise) const {
  return node_->ask(key) == nullptr ? Result<std::vector<std::string>>(otherwise) : texts(key);
}

Result<bool> Table::boolean(std::string_view key) const {
  const toml::node* node = node_->ask(key);
  const std::string example = fmt::format("{0} = true or {0} = false", key);
  if (node == nullptr) return fail(missing(key, example));
  const auto* value = node->as_boolean();
  if (value == nullptr) return fail(error(key, expected("a boolean", *node, example)));
  return value->get();
}

Result<bool> Table::boolean(std::string_view key, bool otherwise) const {
  return node_->ask(key) == nullptr ? Result<bool>(otherwise) : boolean(key);
}

Result<std::int64_t> Table::integer(std::string_view key, Range range) const {
  const toml::node* node = node_->ask(key);
  const std::string example = fmt::format("{} = {}", key, range.min > 0 ? range.min : range.max < 1 ? range.max : 1);
  if (node == nullptr) return fail(missing(key, example));
  const auto* value = node->as_integer();
  if (value == nullptr) return fail(error(key, expected("an integer", *node, example)));
  if (value->get() < range.min || value->get() > range.max)
    return fail(error(key, fmt::format("{} is out of range: write {} to {}", value->get(), range.min, range.max)));
  return value->get();
}

Result<std::int64_t> Table::integer(std::string_view key, Range range, std::int64_t otherwise) const {
  return node_->ask(key) == nullptr ? Result<std::int64_t>(otherwise) : integer(key, range);
}

Result<double> Table::real(std::string_view key, double min, double max) const {
  const toml::node* node = node_->ask(key);
  const std::string example = fmt::format("{} = {}", key, min);
  if (node == nullptr) return fail(missing(key, example));
  if (!node->is_number()) return fail(error(key, expected("a number", *node, example)));
  const double value = node->value<double>().value_or(std::nan(""));
  if (!(value >= min && value <= max))
    return fail(error(key, fmt::format("{} is out of range: write {} to {}", value, min, max)));
  return value;
}

Result<double> Table::real(std::string_view key, double min, double max, double otherwise) const {
  return node_->ask(key) == nullptr ? Result<double>(otherwise) : real(key, min, max);
}

Result<Duration> Table::duration(std::string_view key) const {
  const toml::node* node = node_->ask(key);
  const std::string example = fmt::format("{} = \"5s\" (units us, ms, s, m, h, d)", key);
  if (node == nullptr) return fail(missing(key, example));
  const auto* value = node->as_string();
  if (value == nullptr) return fail(error(key, expected("a duration", *node, example)));
  if (const auto duration = duration_from_text(value->get())) return *duration;
  return fail(error(key, fmt::format("\"{}\" is no duration: write {}", value->get(), example)));
}

Result<Duration> Table::duration(std::string_view key, Duration otherwise) const {
  return node_->ask(key) == nullptr ? Result<Duration>(otherwise) : duration(key);
}

Result<std::uint64_t> Table::size(std::string_view key) const {
  const toml::node* node = node_->ask(key);
  const std::string example = fmt::format("{} = \"64MiB\" (units B, KiB, MiB, GiB, TiB)", key);
  if (node == nullptr) return fail(missing(key, example));
  const auto* value = node->as_string();
  if (value == nullptr) return fail(error(key, expected("a size", *node, example)));
  if (const auto size = size_from_text(value->get())) return *size;
  return fail(error(key, fmt::format("\"{}\" is no size: write {}", value->get(), example)));
}

Result<std::uint64_t> Table::size(std::string_view key, std::uint64_t otherwise) const {
  return node_->ask(key) == nullptr ? Result<std::uint64_t>(otherwise) : size(key);
}

Result<Instant> Table::instant(std::string_view key) const {
  const toml::node* node = node_->ask(key);
  const std::string example = fmt::format("{0} = 2026-12-31 or {0} = 2026-12-31T18:00:00Z", key);
  if (node == nullptr) return fail(missing(key, example));
  std::string text;
  if (const auto* value = node->as_string()) {
    text = value->get();
  } else if (const auto* day = node->as_date()) {
    text = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day->get().year), static_cast<int>(day->get().month),
                       static_cast<int>(day->get().day));
  } else if (const auto* moment = node->as_date_time()) {
    const toml::date_time& at = moment->get();
    if (!at.offset) return fail(error(key, fmt::format("a date-time needs its offset: write {}", example)));
    text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(at.date.year),
                       static_cast<int>(at.date.month), static_cast<int>(at.date.day), static_cast<int>(at.time.hour),
                       static_cast<int>(at.time.minute), static_cast<int>(at.time.second), at.time.nanosecond / 1'000);
    auto local = instant_from_rfc3339(text);
    if (!local) return fail(error(key, fmt::format("no such date: write {}", example)));
    return *local - minutes(at.offset->minutes);
  } else {
    return fail(error(key, expected("a date", *node, example)));
  }
  if (auto instant = instant_from_rfc3339(text)) return *instant;
  return fail(error(key, fmt::format("no such date: write {}", example)));
}

Result<std::optional<Instant>> Table::optional_instant(std::string_view key) const {
  if (node_->ask(key) == nullptr) return std::nullopt;
  TRY_ASSIGN(Instant value, instant(key));
  return value;
}

Result<std::string> Table::resolved(std::string_view key, std::string value) const {
  if (value.empty() || value.find('\0') != std::string::npos) return fail(error(key, "expected the path of a file"));
  if (value.front() == '/') return value;
  const auto slash = file_->name.rfind('/');
  return slash == std::string::npos ? value : file_->name.substr(0, slash + 1) + value;
}

Result<std::string> Table::path(std::string_view key) const {
  TRY_ASSIGN(std::string value, text(key));
  return resolved(key, std::move(value));
}

Result<std::string> Table::path(std::string_view key, std::string_view otherwise) const {
  TRY_ASSIGN(std::string value, text(key, otherwise));
  return resolved(key, std::move(value));
}

Result<std::string> Table::secret_path(std::string_view key) const {
  TRY_ASSIGN(const std::string written, text(key));
  // Whoever writes the key itself here must not find it in an error, and so in a log.
  if (written.starts_with("steelyard-key:"))
    return fail(error(key,
                      "expected the path of a key file, found a key: write it to a file of mode 0600, name that, "
                      "and replace the key if anyone may have read it here"));
  TRY_ASSIGN(std::string value, resolved(key, written));
  struct stat info {};
  if (::stat(value.c_str(), &info) != 0) return fail(error(key, fmt::format("{}: {}", value, os_reason(errno))));
  if (!S_ISREG(info.st_mode)) return fail(error(key, fmt::format("{} is not a regular file", value)));
  if ((info.st_mode & 0177) != 0)
    return fail(error(key, fmt::format("{0} holds a secret but has mode {1:04o}: run chmod 600 {0}", value,
                                       static_cast<unsigned>(info.st_mode & 07777))));
  return value;
}

}  // namespace steelyard::config
