// edit_distance(): how far apart two texts are, in slips of a hand: whoever names what was probably meant asks it.
//
// Owns nothing. Threads: any. Errors: none. Takes the product of both lengths: callers bound them.
#pragma once

#include <cstddef>
#include <string_view>

namespace steelyard {

// Octets to change, add, drop or swap with their neighbour to make one text of the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace steelyard
