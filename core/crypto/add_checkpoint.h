// add-checkpoint (C2SP tlog-witness): what a log says to a witness, and how a witness is answered where it holds
// another size.
//
// Threads: pure. Errors: parsing refuses whatever formatting would not give back octet for octet.
// Format: docs/formats/checkpoint.md, Witness
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"

namespace steelyard::crypto {

inline constexpr std::string_view kTreeSizeType = "text/x.tlog.size";  // of an answer that says what the witness holds

struct AddCheckpoint {
  std::uint64_t old_size = 0;  // of the last checkpoint that this witness cosigned
  std::vector<Digest> proof;   // that the checkpoint extends it; at most limits::kConsistencyPathMax
  std::string note;            // the signed checkpoint, looked at by whoever reads it
  auto operator<=>(const AddCheckpoint&) const = default;
};

std::string format_add_checkpoint(const AddCheckpoint& request);
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

// "4096\n"
Result<std::uint64_t> parse_tree_size(std::string_view body);

}  // namespace steelyard::crypto
