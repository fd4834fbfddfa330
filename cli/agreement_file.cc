#include "cli/agreement_file.h"

#include <fmt/format.h>

#include "core/config/toml_text.h"
#include "core/exchange/quota.h"

namespace steelyard::cli {
namespace {

using config::toml_text;

std::string line(std::string_view key, const std::string& text) {
  return fmt::format("{} = {}\n", key, toml_text(text));
}

template <class Id>
std::string list(std::string_view key, const std::vector<Id>& ids) {
  std::string items;
  for (const Id& id : ids) items += (items.empty() ? "" : ", ") + toml_text(id.text);
  return fmt::format("{} = [{}]\n", key, items);
}

}  // namespace

std::string agreement_file(const schemas::Agreement& terms) {
  std::string file = "[agreement]\n" + line("id", terms.agreement.text) + line("user", terms.user.text) +
                     line("owner", terms.owner.text) + line("manager", terms.manager.text) +
                     line("dataset", terms.dataset.text) + list("fields", terms.fields);
  std::string actions;
  for (const schemas::Action action : terms.actions)
    actions += (actions.empty() ? "" : ", ") + toml_text(schemas::name_of(action));
  file += fmt::format("actions = [{}]\n", actions) + list("purposes", terms.purposes) +
          line("legal_basis", terms.legal_basis.text) + line("user_duty", terms.user_duty.text);
  if (!terms.terms.zh.empty()) file += line("terms_zh", terms.terms.zh);
  if (!terms.terms.en.empty()) file += line("terms_en", terms.terms.en);
  std::string masks;
  for (const auto& [field, mask] : terms.masks)
    masks += (masks.empty() ? "" : ", ") + fmt::format("{} = {}", toml_text(field.text), toml_text(mask));
  if (!masks.empty()) file += fmt::format("masks = {{{}}}\n", masks);
  if (!terms.row_filter.empty()) file += line("row_filter", terms.row_filter);
  if (terms.rows_max != 0) file += fmt::format("rows_max = {}\n", terms.rows_max);
  if (terms.rows_per_day != 0) file += fmt::format("rows_per_day = {}\n", terms.rows_per_day);
  if (terms.day_offset_minutes != schemas::kDayOffsetMinutes)
    file += line("day_offset", exchange::day_offset_text(terms.day_offset_minutes));
  if (terms.valid_until) file += fmt::format("valid_until = {}\n", to_rfc3339(*terms.valid_until));
  return file;
}

}  // namespace steelyard::cli
