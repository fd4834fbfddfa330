// The one error table, schemas/errors.def, as C++: codes by name and a row by code.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::schemas {

namespace code {
#define STEELYARD_ERROR(number, kind, name, slug, http, exit, retry, zh, en) inline constexpr ErrorCode name = number;
#include "schemas/errors.def"
#undef STEELYARD_ERROR
}  // namespace code

struct ErrorRow {
  ErrorCode code = 0;
  ErrorKind kind = ErrorKind::kFix;
  std::string_view slug;  // also the metric label: "purpose-not-agreed"
  int http_status = 500;
  int exit_code = 1;
  bool retry = false;
  std::string_view zh;
  std::string_view en;
};

// The row of a code; nullptr for a number that has none.
const ErrorRow* error_row(ErrorCode code);

// An Error of that row: its kind, its English sentence, then `detail` after a colon.
Error error_of(ErrorCode code, std::string_view detail = {});

// Process exit code for an error: its row's, else by kind.
int exit_code_of(const Error& error);

}  // namespace steelyard::schemas
