#include "cli/terminal.h"

#include <algorithm>

#include "core/base/display_width.h"
#include "core/base/plain_text.h"

namespace steelyard::cli {
namespace {

void print_padded(std::ostream& out, const std::string& text, std::size_t width, bool last) {
  out << text;
  if (last) return;
  for (std::size_t have = display_width(text); have < width + 2; ++have) out << ' ';
}

void print_aligned(Terminal& terminal, const Table& table) {
  std::vector<std::vector<std::string>> cells;
  std::vector<std::size_t> widths;
  for (const std::string& column : table.columns) widths.push_back(display_width(column));
  for (const auto& row : table.rows) {
    auto& made = cells.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      made.push_back(printable(cell_text(row[i])));
      widths[i] = std::max(widths[i], display_width(made.back()));
    }
  }
  const std::size_t count = table.columns.size();
  for (std::size_t i = 0; i < count; ++i) print_padded(terminal.out, table.columns[i], widths[i], i + 1 == count);
  terminal.out << '\n';
  for (const auto& row : cells) {
    for (std::size_t i = 0; i < count; ++i) print_padded(terminal.out, row[i], widths[i], i + 1 == count);
    terminal.out << '\n';
  }
}

}  // namespace

std::size_t display_width(std::string_view utf8) { return steelyard::display_width(utf8); }

std::string printable(std::string_view text) {
  std::string made;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const char32_t code = next_code(text, at);
    if (code == '\n' || code == '\t')
      made += ' ';
    else if (steers(code))
      made += "\xEF\xBF\xBD";
    else
      made += text.substr(from, at - from);
  }
  return made;
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string made = "\"";
  for (const char c : text) {
    if (c == '"') made += '"';
    made += c;
  }
  return made + '"';
}

std::string cell_text(const json::Value& value) {
  if (value.is_null()) return "";
  if (auto text = value.as_string()) return std::string(*text);
  if (auto items = value.as_array()) {
    std::string made;
    for (const json::Value& item : **items) made += (made.empty() ? "" : ", ") + cell_text(item);
    return made;
  }
  return json::dump(value);
}

json::Value to_json(const Table& table) {
  json::Value list = json::array();
  for (const auto& row : table.rows) {
    json::Value object = json::object();
    for (std::size_t i = 0; i < row.size(); ++i) object.set(table.columns[i], row[i]);
    list.push(std::move(object));
  }
  return list;
}

void print(Terminal& terminal, const Table& table) {
  if (terminal.output == Output::kTable) return print_aligned(terminal, table);
  if (terminal.output == Output::kJson) {
    terminal.out << json::dump(to_json(table), 2) << '\n';
    return;
  }
  for (std::size_t i = 0; i < table.columns.size(); ++i) terminal.out << (i == 0 ? "" : ",") << table.columns[i];
  terminal.out << "\r\n";
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) terminal.out << (i == 0 ? "" : ",") << csv_cell(cell_text(row[i]));
    terminal.out << "\r\n";
  }
}

void print(Terminal& terminal, const json::Value& object) {
  if (terminal.output == Output::kJson) {
    terminal.out << json::dump(object, 2) << '\n';
    return;
  }
  auto members = object.as_object();
  if (!members) {
    terminal.out << printable(cell_text(object)) << '\n';
    return;
  }
  Table table;
  if (terminal.output == Output::kCsv) {
    auto& row = table.rows.emplace_back();
    for (const auto& [name, value] : **members) {
      table.columns.push_back(name);
      row.push_back(value);
    }
    return print(terminal, table);
  }
  std::size_t width = 0;
  for (const auto& [name, value] : **members) width = std::max(width, display_width(name));
  for (const auto& [name, value] : **members) {
    auto items = value.as_array();
    const bool listed = items && !(*items)->empty() && (**items)[0].is_object();
    print_padded(terminal.out, name, width, false);
    terminal.out << (listed ? "" : printable(cell_text(value))) << '\n';
    if (!listed) continue;
    for (const json::Value& item : **items) terminal.out << "  " << printable(json::dump(item)) << '\n';
  }
}

}  // namespace steelyard::cli
