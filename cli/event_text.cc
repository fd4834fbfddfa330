#include "cli/event_text.h"

#include "core/client/cloud_event.h"
#include "core/client/value_json.h"

namespace steelyard::cli {

void print_event(Terminal& terminal, const std::string& origin, const client::ToldEvent& told) {
  if (terminal.output == Output::kJson) {
    terminal.out << json::dump(client::to_cloud_event(origin, told)) << '\n';
    return;
  }
  Table table;
  table.columns = {"op", "row"};
  for (const schemas::Column& column : told.payload.rows.columns) table.columns.push_back(column.name.text);
  for (std::uint32_t i = 0; i < told.payload.rows.count; ++i) {
    auto& row = table.rows.emplace_back();
    row.emplace_back(name_of(told.payload.ops[i]));
    row.emplace_back(to_hex(told.payload.keys[i].view()));
    for (const schemas::Column& column : told.payload.rows.columns)
      row.push_back(client::to_json(column.values[i], column.type));
  }
  terminal.err << name_of(told.event.content) << " " << client::event_id(told.event) << ", entry " << told.entry.value
               << (told.event.last ? ", the snapshot is complete" : "") << "\n";
  print(terminal, table);
}

}  // namespace steelyard::cli
