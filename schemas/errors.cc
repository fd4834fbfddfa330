#include "schemas/errors.h"

#include <algorithm>
#include <array>

namespace steelyard::schemas {
namespace {

constexpr ErrorRow kRows[] = {
#define STEELYARD_ERROR(number, kind, name, slug, http, exit, retry, zh, en, zh_do, en_do) \
  {number, ErrorKind::kind, slug, http, exit, retry, zh, en, zh_do, en_do},
#include "schemas/errors.def"
#undef STEELYARD_ERROR
};

constexpr bool ascending() {
  for (std::size_t i = 1; i < std::size(kRows); ++i)
    if (kRows[i - 1].code >= kRows[i].code) return false;
  return true;
}
static_assert(ascending(), "rows of errors.def stand in ascending order and no number stands twice");

}  // namespace

const ErrorRow* error_row(ErrorCode code) {
  const auto* row = std::lower_bound(std::begin(kRows), std::end(kRows), code,
                                     [](const ErrorRow& r, ErrorCode wanted) { return r.code < wanted; });
  return row != std::end(kRows) && row->code == code ? row : nullptr;
}

std::string_view slug_of(ErrorCode code) {
  const ErrorRow* row = error_row(code);
  return row == nullptr ? std::string_view("none") : row->slug;
}

Error error_of(ErrorCode code, std::string_view detail) {
  const ErrorRow* row = error_row(code);
  // A peer of a later version may name a code that this one has no row for.
  Error error{ErrorKind::kRefused, code, "error " + std::to_string(code)};
  if (row != nullptr) {
    error.kind = row->kind;
    error.what = row->en;
  }
  if (!detail.empty()) error.what.append(": ").append(detail);
  return error;
}

const ErrorRow* row_of(const Error& error) {
  if (error.code != 0) return error_row(error.code);
  switch (error.kind) {
    case ErrorKind::kFix: return error_row(code::config);
    case ErrorKind::kLater: return error_row(code::timed_out);
    case ErrorKind::kReconnect: return error_row(code::broker_away);
    case ErrorKind::kStop: return error_row(code::store_failed);
    case ErrorKind::kRefused: break;
  }
  return nullptr;
}

std::string text_of(const Error& error) {
  const ErrorRow* row = row_of(error);
  if (row == nullptr) return error.what;
  std::string text = error.what;
  text.append("\n  to do: ").append(row->en_do).append("\n  ").append(row->zh).append("：").append(row->zh_do);
  return text.append(" (").append(row->slug).append(", ").append(std::to_string(row->code)).append(")");
}

int exit_code_of(const Error& error) {
  if (const ErrorRow* row = error_row(error.code)) return row->exit_code;
  switch (error.kind) {
    case ErrorKind::kFix: return 2;
    case ErrorKind::kRefused: return 3;
    case ErrorKind::kLater: return 5;
    case ErrorKind::kReconnect: return 5;
    case ErrorKind::kStop: return 6;
  }
  return 1;
}

}  // namespace steelyard::schemas
