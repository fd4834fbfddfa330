// The shape of a value without the value: what `steelyard-adapter check` may print of a row.
//
// Digits read 0, all other letters x, whatever their script; signs of ASCII and lengths stay, up to 40 characters. A
// truth value reads ?, octets by their count.
// Threads: pure. Errors: none.
#pragma once

#include <string>

#include "schemas/payload.h"

namespace steelyard::adapters {

std::string masked(schemas::ValueType type, const schemas::Value& value);

}  // namespace steelyard::adapters
