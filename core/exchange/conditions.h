// What an agreement stands on, and what of that has fallen (docs/formats/statement.md, Conditions).
//
// One answer for all who ask: the fold, which suspends; gate and adapter, for what ends by time alone; and people.
// Owns: nothing. Threads: pure. Errors: none; what has fallen is the value.
#pragma once

#include <string>
#include <vector>

#include "core/exchange/registry.h"

namespace steelyard::exchange {

enum class Ground : std::uint8_t {
  kDataset = 1,
  kSharing,
  kField,
  kDatasetDuty,
  kDatasetBasis,
  kBasis,
  kPurpose,
  kDuty
};

struct Fallen {
  Ground ground;
  std::string what;   // the id that it is about
  std::string other;  // who does not hold a duty; the basis that does not carry a purpose; the dataset of a field
  bool operator==(const Fallen&) const = default;
};
std::string describe(const Fallen& fallen);  // as a rule that is broken: "dataset `x` has no field `y`"

// Registered and in force. Its author's clock may be off by the skew: it begins that much early, and ends so.
bool basis_holds(const Registered<schemas::Vocabulary>* basis, Instant now);

// The dataset itself, with an agreement or without: its duty is its owner's, its basis holds.
std::vector<Fallen> fallen_of(const Registry& registry, const schemas::Catalogue& dataset, Instant now);
// Everything that these terms stand on.
std::vector<Fallen> fallen_of(const Registry& registry, const schemas::Agreement& terms, Instant now);

}  // namespace steelyard::exchange
