// One kept exchange as its application reads it: what was asked, what became of it, what proves it.
//
// Threads: pure. Errors: none; nothing for an exchange of another application, or one that does not read.
// Format: docs/formats/http.md, Catalogue, agreements, receipts.
#pragma once

#include <optional>
#include <string>

#include "core/client/kept_exchange.h"

namespace steelyard::adapters {

std::optional<std::string> receipt_page(const client::KeptExchange& kept, const ApplicationId& application);

}  // namespace steelyard::adapters
