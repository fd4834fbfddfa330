#include "core/base/ids.h"

namespace steelyard {

Status check_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  bool good = !text.empty() && text.size() <= 64 && letter(text[0]);
  for (char c : text) good = good && (letter(c) || c == '.' || c == '_' || c == '-');
  if (good) return {};
  return fail(ErrorKind::kFix, "`" + std::string(text.substr(0, 64)) +
                                   "` is not an id: 1 to 64 of a-z, 0-9 and, not first, . _ -");
}

Status check_dataset_id(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos)
    return fail(ErrorKind::kFix, "`" + std::string(text.substr(0, 64)) + "` is not a dataset: write OWNER/CODE");
  TRY(check_name(text.substr(0, slash)));
  return check_name(text.substr(slash + 1));
}

MemberId owner_of(const DatasetId& dataset) { return MemberId(dataset.text.substr(0, dataset.text.find('/'))); }

}  // namespace steelyard
