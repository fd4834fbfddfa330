#include "cli/documents.h"

#include <algorithm>
#include <limits>
#include <string_view>

#include "core/base/limits.h"
#include "core/exchange/actions.h"
#include "core/exchange/mask.h"
#include "core/exchange/quota.h"

namespace steelyard::cli {
namespace {

// What the design names and this version does not have. Told as that: after "unknown key" people look for a slip of the
// pen, and what a file asks for is never passed over.
struct Later {
  std::string_view key, what;
};
constexpr Later kLater[] = {
    {"stream", "events"},
    {"streams", "events"},
    {"format", "formats other than `table`"},
    {"method", "methods other than `query`"},
};

Status none_of_later(const config::Table& table) {
  for (const auto& [key, what] : kLater)
    if (table.has(key)) return fail(table.error(key, std::string(what) + " are not built yet: remove it"));
  return {};
}

Result<schemas::Text> text(const config::Table& table, const std::string& key, bool required) {
  schemas::Text made;
  if (required) {
    TRY_ASSIGN(made.zh, table.text(key + "_zh"));
    TRY_ASSIGN(made.en, table.text(key + "_en"));
  } else {
    TRY_ASSIGN(made.zh, table.text(key + "_zh", ""));
    TRY_ASSIGN(made.en, table.text(key + "_en", ""));
  }
  return made;
}

template <class Id>
Result<Id> optional_id(const config::Table& table, const char* key) {
  if (!table.has(key)) return Id();
  return table.id<Id>(key);
}

// Its name, empty without one. On which types it stands is seen where the type is known.
Result<std::string> mask(const config::Table& table, const std::string& key) {
  TRY_ASSIGN(std::string name, table.text(key, ""));
  if (table.has(key))
    if (auto good = exchange::mask_named(name); !good) return fail(table.error(key, good.error().what));
  return name;
}

Result<std::uint64_t> rows_per_day(const config::Table& table) {
  TRY_ASSIGN(const std::int64_t rows, table.integer("rows_per_day", {0, std::numeric_limits<std::int64_t>::max()}, 0));
  return static_cast<std::uint64_t>(rows);
}

Result<std::int16_t> day_offset(const config::Table& table) {
  TRY_ASSIGN(const std::string text, table.text("day_offset", exchange::day_offset_text(schemas::kDayOffsetMinutes)));
  const auto named = exchange::day_offset_named(text);
  if (!named)
    return fail(table.error(
        "day_offset", "how far a day is ahead of UTC's, as in \"+08:00\": quarters of an hour, 14 hours at most"));
  return *named;
}

Result<schemas::CatalogueField> field(const config::Table& table) {
  TRY(none_of_later(table));
  schemas::CatalogueField made;
  TRY_ASSIGN(made.name, table.id<FieldName>("name"));
  TRY_ASSIGN(const std::string type, table.text("type"));
  auto named = schemas::value_type_named(type);
  if (!named) return fail(table.error("type", named.error().what));
  made.type = *named;
  TRY_ASSIGN(made.meaning, text(table, "meaning", true));
  TRY_ASSIGN(const std::int64_t sensitivity, table.integer("sensitivity", {1, 4}, 2));
  made.sensitivity = static_cast<std::uint8_t>(sensitivity);
  TRY_ASSIGN(made.identifier, table.boolean("identifier", false));
  TRY_ASSIGN(made.nullable, table.boolean("nullable", true));
  TRY_ASSIGN(made.mask, mask(table, "mask"));
  if (!made.mask.empty())
    if (auto good = exchange::check_mask(made.mask, made.type); !good)
      return fail(table.error("mask", good.error().what));
  return made;
}

}  // namespace

Result<schemas::Catalogue> read_dataset(config::Table& file) {
  schemas::Catalogue made;
  TRY(none_of_later(file));
  TRY_ASSIGN(const config::Table table, file.table("dataset"));
  TRY(none_of_later(table));
  TRY_ASSIGN(made.dataset, table.id<DatasetId>("id"));
  TRY_ASSIGN(made.duty, table.id<DutyId>("duty"));
  TRY_ASSIGN(made.system, table.id<SystemId>("system"));
  TRY_ASSIGN(made.title, text(table, "title", true));
  TRY_ASSIGN(made.summary, text(table, "summary", false));
  made.format = "table";
  TRY_ASSIGN(made.update_cycle, table.text("update_cycle", "irregular"));
  made.method = "query";
  TRY_ASSIGN(made.lead_source, table.text("lead_source", ""));
  TRY_ASSIGN(const std::string sharing,
             table.one_of("sharing_class", {"unconditional", "conditional", "not-shared"}, "conditional"));
  const auto sharing_class = schemas::sharing_class_named(sharing);
  if (!sharing_class) return fail(table.error("sharing_class", "unknown"));
  made.sharing_class = *sharing_class;
  TRY_ASSIGN(made.conditions, text(table, "conditions", false));
  TRY_ASSIGN(made.legal_basis, optional_id<BasisId>(table, "legal_basis"));
  TRY_ASSIGN(const std::int64_t rows_max, table.integer("rows_max", {0, limits::kRowsMax}, 0));
  made.rows_max = static_cast<std::uint32_t>(rows_max);
  TRY_ASSIGN(made.rows_per_day, rows_per_day(table));
  TRY_ASSIGN(made.day_offset_minutes, day_offset(table));
  TRY_ASSIGN(const std::vector<config::Table> fields, file.tables("field"));
  if (fields.empty()) return fail(table.error("id", "a dataset has at least one [[field]]"));
  if (fields.size() > limits::kFieldsMax)
    return fail(table.error("id", "a dataset has at most " + std::to_string(limits::kFieldsMax) + " fields"));
  for (const config::Table& one : fields) {
    TRY_ASSIGN(schemas::CatalogueField read, field(one));
    for (const schemas::CatalogueField& before : made.fields)
      if (before.name == read.name) return fail(one.error("name", "field `" + read.name.text + "` stands twice"));
    made.fields.push_back(std::move(read));
  }
  TRY(file.finish());
  return made;
}

Result<schemas::Agreement> read_agreement(config::Table& file, Instant now) {
  schemas::Agreement made;
  TRY(none_of_later(file));
  TRY_ASSIGN(const config::Table table, file.table("agreement"));
  TRY(none_of_later(table));
  TRY_ASSIGN(made.agreement, table.id<AgreementId>("id"));
  TRY_ASSIGN(made.user, table.id<MemberId>("user"));
  TRY_ASSIGN(made.owner, table.id<MemberId>("owner"));
  TRY_ASSIGN(made.manager, table.id<MemberId>("manager"));
  TRY_ASSIGN(made.dataset, table.id<DatasetId>("dataset"));
  TRY_ASSIGN(made.fields, table.ids<FieldName>("fields"));
  if (made.fields.empty()) return fail(table.error("fields", "name at least one field"));
  TRY_ASSIGN(const std::optional<config::Table> masks, table.optional_table("masks"));
  if (masks)
    for (const std::string& name : masks->keys()) {
      if (std::count(made.fields.begin(), made.fields.end(), FieldName(name)) == 0)
        return fail(masks->error(name, "is not one of the agreement's fields"));
      TRY_ASSIGN(std::string named, mask(*masks, name));
      made.masks.emplace_back(FieldName(name), std::move(named));
    }
  TRY_ASSIGN(const std::vector<std::string> actions, table.texts("actions", {"query"}));
  for (const std::string& name : actions) {
    const auto action = schemas::action_named(name);
    if (!action) return fail(table.error("actions", "unknown action `" + name + "`"));
    if (!exchange::is_built(*action))
      return fail(table.error("actions", "action `" + name + "` is not built yet: remove it"));
    made.actions.push_back(*action);
  }
  TRY_ASSIGN(made.purposes, table.ids<PurposeId>("purposes"));
  if (made.purposes.empty()) return fail(table.error("purposes", "name at least one purpose"));
  TRY_ASSIGN(made.legal_basis, table.id<BasisId>("legal_basis"));
  TRY_ASSIGN(made.user_duty, table.id<DutyId>("user_duty"));
  TRY_ASSIGN(made.terms, text(table, "terms", false));
  TRY_ASSIGN(const std::int64_t rows_max, table.integer("rows_max", {0, limits::kRowsMax}, 0));
  made.rows_max = static_cast<std::uint32_t>(rows_max);
  TRY_ASSIGN(made.rows_per_day, rows_per_day(table));
  TRY_ASSIGN(made.day_offset_minutes, day_offset(table));
  TRY_ASSIGN(made.row_filter, table.text("row_filter", ""));
  if (made.row_filter.size() > limits::kRowFilterBytesMax)
    return fail(table.error("row_filter", "is longer than " + std::to_string(limits::kRowFilterBytesMax) + " octets"));
  if (made.row_filter.find_first_of("\r\n") != std::string::npos)
    return fail(table.error("row_filter", "write it on one line"));
  TRY_ASSIGN(const std::optional<Instant> from, table.optional_instant("valid_from"));
  made.valid_from = from.value_or(now);
  TRY_ASSIGN(made.valid_until, table.optional_instant("valid_until"));
  if (made.valid_until && *made.valid_until <= made.valid_from)
    return fail(table.error("valid_until", "is not after the beginning"));
  TRY(file.finish());
  return made;
}

}  // namespace steelyard::cli
