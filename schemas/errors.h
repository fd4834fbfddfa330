// The one error table, schemas/errors.def, as C++: codes by name and a row by code.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::schemas {

namespace code {
#define STEELYARD_ERROR(number, kind, name, slug, http, exit, retry, zh, en, zh_do, en_do) \
  inline constexpr ErrorCode name = number;
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
  std::string_view zh_do;  // what to do about it
  std::string_view en_do;
};

// The row of a code; nullptr for a number that has none.
const ErrorRow* error_row(ErrorCode code);

// Its slug; "none" for a number that has no row.
std::string_view slug_of(ErrorCode code);

// An Error of that row: its kind, its English sentence, then `detail` after a colon.
Error error_of(ErrorCode code, std::string_view detail = {});

// The error's row; for one without a code, the row of this machine's that its kind stands for. Folders that know no
// rows read files, keys and stores. nullptr for a code of a later version.
const ErrorRow* row_of(const Error& error);

// What a program says of it to people: what happened, what to do, both again in Chinese, slug and code; three lines.
std::string text_of(const Error& error);

// Process exit code for an error: its row's, else by kind.
int exit_code_of(const Error& error);

}  // namespace steelyard::schemas
