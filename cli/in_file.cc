#include "cli/in_file.h"

namespace steelyard::cli {

std::string in_file(const std::string& file, const std::string& what) {
  const bool placed = !what.empty() && what[0] >= '0' && what[0] <= '9' && what.find(':') < what.find(' ');
  return file + (placed ? ":" : ": ") + what;
}

}  // namespace steelyard::cli
