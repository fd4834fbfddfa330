#include "core/client/cloud_event.h"

#include "core/client/value_json.h"

namespace steelyard::client {

std::string event_id(const schemas::Event& event) {
  return to_text(event.head.id) + "/" + std::to_string(event.sequence);
}

std::string event_type(const schemas::Event& event) { return "steelyard." + std::string(name_of(event.content)); }

json::Value to_cloud_event(const std::string& origin, const ToldEvent& told) {
  const schemas::Event& event = told.event;
  const schemas::EventPayload& payload = told.payload;
  json::Value rows = json::array();
  for (std::uint32_t i = 0; i < payload.rows.count; ++i) {
    json::Value row = json::object({{"op", name_of(payload.ops[i])}, {"row", to_hex(payload.keys[i].view())}});
    if (payload.ops[i] == schemas::RowOp::kPut) {
      json::Value fields = json::object();
      for (const schemas::Column& column : payload.rows.columns)
        fields.set(column.name.text, to_json(column.values[i], column.type));
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
                       {"type", event_type(event)},
                       {"source", "steelyard://" + origin + "/" + event.dataset.text},
                       {"id", event_id(event)},
                       {"time", to_rfc3339(event.time)},
                       {"datacontenttype", "application/json"},
                       {"entry", told.entry.value},
                       {"data", std::move(data)}});
}

}  // namespace steelyard::client
