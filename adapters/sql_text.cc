#include "adapters/sql_text.h"

namespace steelyard::adapters {

std::string quoted(std::string_view identifier) {
  std::string text = "\"";
  for (const char c : identifier) {
    text += c;
    if (c == '"') text += c;
  }
  return text += '"';
}

}  // namespace steelyard::adapters
