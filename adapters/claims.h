// Claims: what `verify` asks of one record, held against it.
//
// Parameters on the request's conditions select the record, by its key; those on its fields are the claims. A record
// that is absent, or is more than one, a null, and a value of another type than the field's make a claim unknown: they
// look alike. So does a key written otherwise than the record has it (`1.0` for `1`), which would count as another's.
// Threads: pure. Errors: parameter_type. Format: docs/formats/payload.md, Verify.
#pragma once

#include <vector>

#include "adapters/dataset_map.h"
#include "core/exchange/truths.h"
#include "schemas/messages.h"

namespace steelyard::adapters {

struct Claims {
  std::vector<schemas::Parameter> keys;  // all `=`, one of them on the map's key
  std::vector<schemas::Parameter> claims;
  FieldName key_field;
  schemas::Value asked_key;

  // One for each claim, for each value of an `in`, and for each condition beside the key: as many guesses as they are.
  std::uint64_t attempts() const;
};

Result<Claims> claims_of(const schemas::Request& request, std::vector<schemas::Parameter> parameters,
                         const DatasetMap& map);

// `rows` have the columns claimed about, and the key's.
std::vector<exchange::Truth> hold_against(const Claims& asked, const schemas::Rows& rows);

}  // namespace steelyard::adapters
