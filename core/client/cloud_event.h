// An event as an application sees it: one CloudEvents 1.0 object.
//
// Threads: pure. Errors: none. Format: docs/cli.md, subscribe; docs/formats/events.md.
#pragma once

#include <string>

#include "core/client/subscriber.h"
#include "core/json/json.h"

namespace steelyard::client {

std::string event_id(const schemas::Event& event);  // VIEW/SEQUENCE
std::string event_type(const schemas::Event& event);
json::Value to_cloud_event(const std::string& origin, const ToldEvent& told);

}  // namespace steelyard::client
