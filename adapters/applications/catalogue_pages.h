// What applications read of the registry: the catalogue, one dataset, this department's agreements.
//
// Threads: pure. Errors: unknown_dataset. Format: docs/formats/http.md, Catalogue, agreements, receipts.
#pragma once

#include <string>

#include "core/exchange/registry.h"

namespace steelyard::adapters {

std::string catalogue_page(const exchange::Registry& registry, const MemberId& member, Instant now);
Result<std::string> dataset_page(const exchange::Registry& registry, const MemberId& member, const DatasetId& dataset,
                                 Instant now);
std::string agreements_page(const exchange::Registry& registry, const MemberId& member);

}  // namespace steelyard::adapters
