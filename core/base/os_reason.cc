#include "core/base/os_reason.h"

#include <cctype>
#include <cerrno>
#include <system_error>

namespace steelyard {
namespace {

const char* advice(int code) {
  switch (code) {
    case ENOENT: return "check the path";
    case ENOTDIR: return "a part of the path is no folder, check it";
    case EISDIR: return "name a file in it";
    case EACCES:
    case EPERM: return "check owner and mode, or run as their owner";
    case EEXIST: return "name another, or move it away";
    case EROFS: return "the file system is mounted read-only, name another place";
    case ENOSPC:
    case EDQUOT: return "make room there and try again";
    case EMFILE:
    case ENFILE: return "raise the limit of open files (ulimit -n)";
    case ENAMETOOLONG: return "name a shorter path";
    case ELOOP: return "name the file itself, not a link";
    case EADDRINUSE: return "another process listens there, stop it or name another port";
    case EADDRNOTAVAIL: return "name an address of this machine";
    default: return nullptr;
  }
}

}  // namespace

std::string os_reason(int code) {
  std::string text = std::generic_category().message(code);
  // "No such file", but "RPC ...": only the first letter, where a word follows.
  if (text.size() > 1 && std::islower(static_cast<unsigned char>(text[1])) != 0)
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  if (const char* todo = advice(code)) text.append(": ").append(todo);
  return text;
}

}  // namespace steelyard
