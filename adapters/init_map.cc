// `steelyard-adapter init`: a map file from the live schema of a register.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>

#include "adapters/inspector.h"
#include "adapters/verbs.h"
#include "core/base/limits.h"
#include "core/base/os_reason.h"
#include "core/base/plain_text.h"
#include "core/config/toml_text.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr std::string_view kUsage =
    "say steelyard-adapter init --from sqlite:PATH|postgresql://... [--table TABLE] [--dataset OWNER/CODE] "
    "[--schema SCHEMA] [--passfile FILE] [--out FILE]";

struct Wanted {
  std::string from, table, dataset, schema = "public", passfile, out;
};

tl::unexpected<Error> usage(const std::string& what) { return fail(schemas::error_of(schemas::code::usage, what)); }

Result<Wanted> parse(const std::vector<std::string>& arguments) {
  Wanted wanted;
  const std::pair<std::string_view, std::string*> options[] = {
      {"--from", &wanted.from},     {"--table", &wanted.table},       {"--dataset", &wanted.dataset},
      {"--schema", &wanted.schema}, {"--passfile", &wanted.passfile}, {"--out", &wanted.out}};
  for (std::size_t i = 0; i < arguments.size(); i += 2) {
    const auto* option = std::find_if(std::begin(options), std::end(options),
                                      [&](const auto& each) { return each.first == arguments[i]; });
    if (option == std::end(options)) return usage("unknown argument `" + arguments[i] + "`: " + std::string(kUsage));
    if (i + 1 == arguments.size()) return usage("`" + arguments[i] + "` needs a value after it");
    *option->second = arguments[i + 1];
  }
  if (wanted.from.empty()) return usage(std::string(kUsage));
  if (!wanted.dataset.empty())
    if (auto good = check_dataset_id(wanted.dataset); !good) return usage("--dataset: " + good.error().what);
  if (!wanted.out.empty() && wanted.table.empty()) return usage("--out: which --table is it the map of?");
  return wanted;
}

Result<DatasetMap> place_of(const Wanted& wanted) {
  DatasetMap map;
  map.schema = wanted.schema;
  if (wanted.from.starts_with("sqlite:")) {
    map.kind = SourceKind::kSqlite;
    map.path = wanted.from.substr(std::string_view("sqlite:").size());
    if (map.path.empty()) return usage("--from: sqlite: needs a path after it");
    return map;
  }
  map.kind = SourceKind::kPostgres;
  map.url = wanted.from;
  map.passfile = wanted.passfile;
  if (!map.passfile.empty()) TRY(store::check_secret_mode(map.passfile));
  return map;
}

// "Household ID" -> "household_id"; "" of a name in another script.
std::string id_of(std::string_view name) {
  std::string id;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      id += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      id += c;
    else if (static_cast<unsigned char>(c) >= 0x80)
      return "";
    else if (!id.empty() && id.back() != '_')
      id += '_';
  }
  while (!id.empty() && id.back() == '_') id.pop_back();
  return check_name(id) ? id : "";
}

// One name for each column, none twice.
std::vector<std::string> names_of(const TableSchema& schema) {
  std::set<std::string> taken;
  std::vector<std::string> names;
  for (std::size_t i = 0; i < schema.columns.size(); ++i) {
    std::string name = id_of(schema.columns[i].name);
    if (name.empty() || taken.contains(name)) name = "field_" + std::to_string(i + 1);
    while (taken.contains(name)) name += "_";
    taken.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

std::size_t key_column(const TableSchema& schema) {
  for (const auto& key : schema.keys) {
    if (key.size() != 1) continue;
    for (std::size_t i = 0; i < schema.columns.size(); ++i)
      if (schema.columns[i].name == key.front() && schema.columns[i].type) return i;
  }
  return schema.columns.size();
}

std::string source_text(const DatasetMap& place, const TableSchema& schema) {
  std::string text = "[source]\n";
  if (place.kind == SourceKind::kSqlite) {
    text += "kind = \"sqlite\"\npath = " +
            config::toml_text(std::filesystem::absolute(place.path).lexically_normal().string()) + "\n";
  } else {
    text += "kind = \"postgres\"\nurl = " + config::toml_text(place.url) +
            "\nschema = " + config::toml_text(place.schema) + "\n";
    if (!place.passfile.empty())
      text += "passfile = " + config::toml_text(std::filesystem::absolute(place.passfile).lexically_normal().string()) +
              "\n";
  }
  return text + "table = " + config::toml_text(schema.name) + "\n";
}

std::string field_text(const ColumnSchema& column, const std::string& name) {
  std::string text = "[[field]]\nname = " + config::toml_text(name) + "\n";
  if (name != column.name) text += "column = " + config::toml_text(column.name) + "\n";
  if (column.type) {
    text += "type = \"" + std::string(schemas::name_of(*column.type)) + "\"";
    return text + "  # " + escaped(column.declared) + (column.nullable ? "" : ", never null") + "\n";
  }
  // Every line is a comment: nothing is published that would not be exact.
  text = "# left out: " + escaped(column.why) + "\n" + text + "type = \"\"  # " + escaped(column.declared) + "\n";
  for (std::size_t at = text.find('\n') + 1; at < text.size(); at = text.find('\n', at) + 1) text.insert(at, "# ");
  return text;
}

Result<std::string> map_text(const Wanted& wanted, const DatasetMap& place, const TableSchema& schema) {
  if (schema.columns.size() > limits::kFieldsMax) return usage("--table: more than 256 columns: write a view of fewer");
  const std::vector<std::string> names = names_of(schema);
  const std::size_t key = key_column(schema);
  std::string code = id_of(schema.name);
  if (code.empty()) code = "dataset";
  std::string text =
      "# Made of the live schema by `steelyard-adapter init`. Take out what is not to be offered, then run\n"
      "# `steelyard-adapter check` on this file.\n[dataset]\n";
  text += wanted.dataset.empty() ? "id = \"owner/" + code + "\"  # put the member's own id in front\n\n"
                                 : "id = " + config::toml_text(wanted.dataset) + "\n\n";
  text += source_text(place, schema);
  std::string by_hand = "key = \"\"  # no column alone is known to name a row: put the field that does\n";
  text += key == names.size() ? by_hand : "key = " + config::toml_text(names[key]) + "\n";
  text += "\n# [as_of]  # else an answer says that it is not known how old its rows are; one of\n";
  for (const ColumnSchema& column : schema.columns)
    if (column.type == schemas::ValueType::kTimestamp) text += "# column = " + config::toml_text(column.name) + "\n";
  text += "# query = \"SELECT ...\"  # of one value: when the register was loaded\n";
  for (std::size_t i = 0; i < names.size(); ++i) text += "\n" + field_text(schema.columns[i], names[i]);
  return text;
}

Status write_new(const std::string& path, const std::string& text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0)
    return fail(schemas::error_of(schemas::code::config, path + ": " + os_reason(errno) + ": nothing was written"));
  const ssize_t written = ::write(file, text.data(), text.size());
  const bool good = written == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int reason = errno;
  ::close(file);
  if (good) return {};
  ::unlink(path.c_str());
  return fail(schemas::error_of(schemas::code::config, path + ": " + os_reason(reason)));
}

}  // namespace

Result<Printed> run_init(const std::vector<std::string>& arguments, const Clock& clock) {
  TRY_ASSIGN(const Wanted wanted, parse(arguments));
  TRY_ASSIGN(const DatasetMap place, place_of(wanted));
  TRY_ASSIGN(const auto inspector, open_inspector(place, clock));
  Printed printed;
  if (wanted.table.empty()) {
    TRY_ASSIGN(const auto tables, inspector->tables());
    for (const std::string& table : tables) printed.out += escaped(table) + "\n";
    printed.said = tables.empty() ? "there is no table that this session may read\n"
                                  : "name one with --table to have its map written\n";
    return printed;
  }
  TRY_ASSIGN(const TableSchema schema, inspector->describe(wanted.table));
  TRY_ASSIGN(std::string text, map_text(wanted, place, schema));
  if (wanted.out.empty()) {
    printed.out = std::move(text);
    return printed;
  }
  TRY(write_new(wanted.out, text));
  printed.said = "wrote " + wanted.out + ": take out what is not to be offered, then run `steelyard-adapter check " +
                 wanted.out + "`\n";
  return printed;
}

}  // namespace steelyard::adapters
