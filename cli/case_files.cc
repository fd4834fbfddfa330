#include "cli/case_files.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "core/store/durable_file.h"
#include "policy/limits.h"

namespace steelyard::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kArchiveBytesMax = std::size_t{1} << 30;  // of all files together; the published corpus has 50 MB
constexpr std::size_t kArchiveFilesMax = 1'000'000;
constexpr std::size_t kBlockOctets = 64 * 1024;
constexpr int kFoldersAboveMax = 32;

struct CloseArchive {
  void operator()(archive* opened) const { archive_read_free(opened); }
};
using Opened = std::unique_ptr<archive, CloseArchive>;

// What some programs put beside each file of an archive.
bool is_shadow(const fs::path& path) { return path.filename().string().starts_with("._"); }

// By its name: a folder may hold other things.
bool is_archive(std::string_view name) {
  return name.ends_with(".tar") || name.ends_with(".tgz") || name.find(".tar.") != std::string_view::npos;
}

Result<std::string> read_entry(archive* from, std::size_t bytes_max) {
  std::string text, block(kBlockOctets, '\0');
  while (true) {
    const la_ssize_t got = archive_read_data(from, block.data(), block.size());
    if (got < 0) return fail(ErrorKind::kFix, archive_error_string(from));
    if (got == 0) return text;
    text.append(block, 0, static_cast<std::size_t>(got));
    if (text.size() > bytes_max)
      return fail(ErrorKind::kFix, "a file is longer than the " + std::to_string(bytes_max) + " octets that are read");
  }
}

}  // namespace

Result<std::vector<CaseFiles>> CaseFiles::open(const std::string& path) {
  std::vector<CaseFiles> all;
  std::vector<std::string> archives;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (!fs::exists(status)) return fail(ErrorKind::kFix, path + ": there is no such file or folder");
  CaseFiles own;
  if (fs::is_directory(status)) {
    TRY(own.list_folder(path, archives));
    if (!own.documents_.empty() || archives.empty()) all.push_back(std::move(own));
  } else if (path.ends_with(".json")) {
    own.documents_.push_back(path);
    all.push_back(std::move(own));
  } else {
    archives.push_back(path);
  }
  for (const std::string& archive : archives) {
    CaseFiles files;
    if (auto read = files.read_archive(archive); !read) return fail(std::move(read.error()).in(archive));
    all.push_back(std::move(files));
  }
  for (CaseFiles& files : all) std::sort(files.documents_.begin(), files.documents_.end());
  return all;
}

Status CaseFiles::list_folder(const std::string& path, std::vector<std::string>& archives) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file(error) || is_shadow(at->path())) continue;
    if (at->path().extension() == ".json")
      documents_.push_back(at->path().string());
    else if (is_archive(at->path().filename().string()))
      archives.push_back(at->path().string());
  }
  if (error) return fail(ErrorKind::kFix, path + ": " + error.message());
  std::sort(archives.begin(), archives.end());
  return {};
}

bool CaseFiles::only_beside() const {
  return !documents_.empty() && std::all_of(documents_.begin(), documents_.end(), [](const std::string& name) {
    return name.ends_with(".validation.json") || name.ends_with(".cedarschema.json");
  });
}

Status CaseFiles::read_archive(const std::string& path) {
  archive_ = true;
  const Opened from(archive_read_new());
  archive_read_support_filter_all(from.get());
  archive_read_support_format_tar(from.get());
  if (archive_read_open_filename(from.get(), path.c_str(), kBlockOctets) != ARCHIVE_OK)
    return fail(ErrorKind::kFix,
                std::string("it is no folder, no `.json` file and no archive: ") + archive_error_string(from.get()));
  std::size_t bytes = 0;
  while (true) {
    archive_entry* entry = nullptr;
    const int next = archive_read_next_header(from.get(), &entry);
    if (next == ARCHIVE_EOF) return {};
    if (next != ARCHIVE_OK && next != ARCHIVE_WARN) return fail(ErrorKind::kFix, archive_error_string(from.get()));
    const char* name = archive_entry_pathname_utf8(entry);  // nothing where it is of another encoding
    if (name == nullptr) name = archive_entry_pathname(entry);
    if (archive_entry_filetype(entry) != AE_IFREG || name == nullptr || is_shadow(name)) continue;
    TRY_ASSIGN(std::string text, read_entry(from.get(), limits::kPolicyFileBytesMax));
    bytes += text.size();
    if (bytes > kArchiveBytesMax || held_.size() >= kArchiveFilesMax)
      return fail(ErrorKind::kFix, "the archive holds more than the " + std::to_string(kArchiveBytesMax) +
                                       " octets or " + std::to_string(kArchiveFilesMax) + " files that are read");
    std::string clean = fs::path(name).lexically_normal().string();
    if (clean.ends_with(".json") && !held_.contains(clean)) documents_.push_back(clean);
    held_.insert_or_assign(std::move(clean), std::move(text));
  }
}

bool CaseFiles::exists(const std::string& path) const {
  if (archive_) return held_.contains(path);
  std::error_code error;
  return fs::is_regular_file(path, error);
}

Result<std::string> CaseFiles::read(const std::string& path) const {
  if (archive_) {
    const auto found = held_.find(path);
    if (found == held_.end()) return fail(ErrorKind::kFix, "there is no `" + path + "`");
    return found->second;
  }
  TRY_ASSIGN(const Bytes bytes, store::read_file(path, limits::kPolicyFileBytesMax));
  return std::string(as_text(bytes));
}

std::string CaseFiles::find(const std::string& of, std::string_view path) const {
  std::string as_it_stands = fs::path(path).lexically_normal().string();
  if (exists(as_it_stands)) return as_it_stands;
  fs::path folder = fs::path(of).parent_path();
  if (!archive_) {
    std::error_code error;
    folder = fs::absolute(folder, error);
  }
  for (int above = 0; above < kFoldersAboveMax; ++above) {
    std::string candidate = (folder / path).lexically_normal().string();
    if (exists(candidate)) return candidate;
    if (!folder.has_relative_path()) break;
    folder = folder.parent_path();
  }
  return {};
}

}  // namespace steelyard::cli
