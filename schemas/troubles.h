// The one table of troubles, schemas/troubles.def, as C++: codes by name and a row by code.
#pragma once

#include <span>
#include <string_view>

namespace steelyard::schemas {

namespace trouble {
#define STEELYARD_TROUBLE(name, code, turn, zh, en, zh_do, en_do) inline constexpr std::string_view name = code;
#include "schemas/troubles.def"
#undef STEELYARD_TROUBLE
}  // namespace trouble

struct TroubleRow {
  std::string_view code;
  std::string_view turn;  // whose move it is: operator, owner
  std::string_view zh;
  std::string_view en;
  std::string_view zh_do;
  std::string_view en_do;  // with the next command
};

std::span<const TroubleRow> troubles();
const TroubleRow* trouble_row(std::string_view code);  // null: of a later version

}  // namespace steelyard::schemas
