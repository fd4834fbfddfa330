// Tables below tables, unknown keys and the places of errors.
#include <algorithm>

#include <fmt/format.h>

#include "core/config/file.h"

namespace steelyard::config {
namespace {

std::string below(const std::string& name, std::string_view key) {
  return name.empty() ? std::string(key) : fmt::format("{}.{}", name, key);
}

std::string quoted_list(const std::set<std::string, std::less<>>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "`" : ", `") + name + "`";
  return list;
}

// In the order of the file, not of the alphabet.
std::vector<const toml::key*> keys_in_order(const toml::table& table) {
  std::vector<const toml::key*> keys;
  for (const auto& [key, value] : table) keys.push_back(&key);
  std::stable_sort(keys.begin(), keys.end(), [](const toml::key* a, const toml::key* b) {
    const auto &x = a->source().begin, &y = b->source().begin;
    return x.line != y.line ? x.line < y.line : x.column < y.column;
  });
  return keys;
}

}  // namespace

std::string Table::where() const { return file_->place(*node_->table); }

Error Table::error(std::string_view key, std::string_view what) const {
  const toml::node* node = node_->table->get(key);
  return {ErrorKind::kFix, 0,
          fmt::format("{}: `{}`: {}", node == nullptr ? where() : file_->place(*node), below(node_->name, key), what)};
}

Error Table::missing(std::string_view key, std::string_view example) const {
  return {ErrorKind::kFix, 0,
          node_->name.empty()
              ? fmt::format("{}: missing key `{}`: add {}", where(), key, example)
              : fmt::format("{}: missing key `{}` in [{}]: add {}", where(), key, node_->name, example)};
}

bool Table::has(std::string_view key) const { return node_->table->get(key) != nullptr; }

std::vector<std::string> Table::keys() const {
  std::vector<std::string> names;
  for (const toml::key* key : keys_in_order(*node_->table)) names.emplace_back(key->str());
  return names;
}

Result<std::optional<Table>> Table::optional_table(std::string_view key) const {
  const toml::node* node = node_->ask(key);
  if (node == nullptr) return std::nullopt;
  const toml::table* table = node->as_table();
  if (table == nullptr)
    return fail(
        error(key, fmt::format("expected a table, found {}: write [{}]", kind_of(*node), below(node_->name, key))));
  return Table(file_, file_->node_of(*table, below(node_->name, key), node_));
}

Result<Table> Table::table(std::string_view key) const {
  TRY_ASSIGN(auto table, optional_table(key));
  if (!table) return fail(missing(key, fmt::format("[{}]", below(node_->name, key))));
  return std::move(*table);
}

Result<std::vector<Table>> Table::tables(std::string_view key) const {
  std::vector<Table> tables;
  const toml::node* node = node_->ask(key);
  if (node == nullptr) return tables;
  const toml::array* array = node->as_array();
  const std::string name = below(node_->name, key);
  const std::string advice = fmt::format("write [[{}]]", name);
  if (array == nullptr)
    return fail(error(key, fmt::format("expected an array of tables, found {}: {}", kind_of(*node), advice)));
  for (const toml::node& item : *array) {
    const toml::table* table = item.as_table();
    if (table == nullptr)
      return fail(ErrorKind::kFix, fmt::format("{}: `{}`: expected an array of tables, found {} in it: {}",
                                               file_->place(item), name, kind_of(item), advice));
    tables.push_back(Table(file_, file_->node_of(*table, name, node_)));
  }
  return tables;
}

Status Table::finish() const {
  for (const toml::key* key : keys_in_order(*node_->table)) {
    if (node_->asked.find(key->str()) != node_->asked.end()) continue;
    const std::string known =
        node_->asked.empty() ? "no key is known here" : fmt::format("known here: {}", quoted_list(node_->asked));
    return fail(ErrorKind::kFix, fmt::format("{}: unknown key `{}`: correct or remove it ({})",
                                             file_->place(key->source().begin), below(node_->name, key->str()), known));
  }
  for (Node* node : node_->read) TRY(Table(file_, node).finish());
  return {};
}

}  // namespace steelyard::config
