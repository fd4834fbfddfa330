// Masking: rows as they were read become rows as they were granted.
//
// Threads: pure. Errors: source_changed. Format: docs/formats/masks.md.
#pragma once

#include "adapters/dataset_map.h"
#include "core/exchange/own_terms.h"
#include "schemas/payload.h"

namespace steelyard::adapters {

// The map has each masked field with a type that its mask stands on, as the catalogue says. A field that the map lacks
// is the source's to refuse.
Status check_masks(const exchange::OwnTerms& terms, const DatasetMap& map);

// True where the masked rows would have been too many octets for one answer, and the last ones were left out.
// REQUIRES: check_masks(), and the columns are the map's.
bool mask_rows(const exchange::OwnTerms& terms, const Digest& key, schemas::Rows& rows);

}  // namespace steelyard::adapters
