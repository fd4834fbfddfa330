#include "schemas/troubles.h"

namespace steelyard::schemas {
namespace {

constexpr TroubleRow kRows[] = {
#define STEELYARD_TROUBLE(name, code, turn, zh, en, zh_do, en_do) {code, turn, zh, en, zh_do, en_do},
#include "schemas/troubles.def"
#undef STEELYARD_TROUBLE
};

}  // namespace

std::span<const TroubleRow> troubles() { return kRows; }

const TroubleRow* trouble_row(std::string_view code) {
  for (const TroubleRow& row : kRows)
    if (row.code == code) return &row;
  return nullptr;
}

}  // namespace steelyard::schemas
