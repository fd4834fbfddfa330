// Whole files, read with a limit and written so that a crash leaves the old file or the new one, never a mixture.
//
// Threads: any; one writer per path at a time. Errors: kFix for what the caller or operator can mend (missing, too
// large, readable by others), kStop where the disk failed: what it holds is then unknown.
#pragma once

#include <cstddef>
#include <string>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace steelyard::store {

// Writes <path>.tmp, syncs it, renames it to path, syncs the folder. `mode` is exact: the umask does not apply.
Status write_file_durably(const std::string& path, ByteView bytes, unsigned mode);

Result<Bytes> read_file(const std::string& path, std::size_t bytes_max);
// The same for secrets: an error unless a regular file that only its owner may read and write (mode 0600 or less).
Result<Bytes> read_secret_file(const std::string& path, std::size_t bytes_max);
Status check_secret_mode(const std::string& path);
Status check_private_folder(const std::string& path);  // nobody but its owner may read it; missing: nothing to read

Status make_dir(const std::string& path, unsigned mode);  // no error where it exists; syncs the parent where it is made
Status rename_durably(const std::string& from, const std::string& to);  // never onto an existing path
Status sync_dir(const std::string& path);
std::string parent_of(const std::string& path);  // "/a/b" -> "/a", "b" -> "."
Result<bool> exists(const std::string& path);    // an error where that cannot be told
Result<bool> is_on_tmpfs(const std::string& path);
Result<bool> on_same_file_system(const std::string& a, const std::string& b);

}  // namespace steelyard::store
