#include "cli/event_text.h"

#include "core/client/value_json.h"

namespace steelyard::cli {

json::Value to_cloud_event(const std::string& origin, const client::ToldEvent& told) {
  const schemas::Event& event = told.event;
  const schemas::EventPayload& payload = told.payload;
  json::Value rows = json::array();
  for (std::uint32_t i = 0; i < payload.rows.count; ++i) {
    json::Value row = json::object({{"op", name_of(payload.ops[i])}, {"row", to_hex(payload.keys[i].view())}});
    if (payload.ops[i] == schemas::RowOp::kPut) {
      json::Value fields = json::object();
      for (const schemas::Column& column : payload.rows.columns)
        fields.set(column.name.text, client::to_json(column.values[i], column.type));
      row.set("fields", std::move(fields));
    }
    rows.push(std::move(row));
  }
  json::Value data = json::object({{"rows", std::move(rows)}});
  if (event.content == schemas::EventContent::kSnapshot) {
    data.set("first", event.first);
    data.set("last", event.last);
  }
  return json::object({{"specversion", "1.0"},
                       {"type", "steelyard." + std::string(name_of(event.content))},
                       {"source", "steelyard://" + origin + "/" + event.dataset.text},
                       {"id", to_text(event.head.id) + "/" + std::to_string(event.sequence)},
                       {"time", to_rfc3339(event.time)},
                       {"datacontenttype", "application/json"},
                       {"entry", told.entry.value},
                       {"data", std::move(data)}});
}

void print_event(Terminal& terminal, const std::string& origin, const client::ToldEvent& told) {
  if (terminal.output == Output::kJson) {
    terminal.out << json::dump(to_cloud_event(origin, told)) << '\n';
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
  terminal.err << name_of(told.event.content) << " " << to_text(told.event.head.id) << "/" << told.event.sequence
               << ", entry " << told.entry.value << (told.event.last ? ", the snapshot is complete" : "") << "\n";
  print(terminal, table);
}

}  // namespace steelyard::cli
