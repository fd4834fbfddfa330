// Result<T>: a value, or an Error that says what the caller should do next.
//
// Every fallible function of Steelyard returns Result<T>. Exceptions of libraries stop at the wall that wraps the
// library; CHECK (core/base/check.h) is for our own mistakes and never judges input.
//
// Errors: an Error carries a kind (the caller's next move), a code (a row of schemas/errors.def; 0 where no row
// applies) and a sentence for the log: lowercase, no full stop, what happened and where, nothing secret or personal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tl/expected.hpp>

namespace steelyard {

enum class ErrorKind : std::uint8_t {
  kFix,        // the input or the configuration is wrong: repeating it cannot help
  kRefused,    // a rule says no: do not retry
  kLater,      // busy or away: the same call may succeed later
  kReconnect,  // the session is gone: open a new one
  kStop,       // this process cannot go on
};

// A row of schemas/errors.def. core/base knows the number only; schemas/errors.h knows the rows.
using ErrorCode = std::uint16_t;

struct Error {
  ErrorKind kind = ErrorKind::kFix;
  ErrorCode code = 0;
  std::string what;

  // Puts `where` in front: "reading /etc/x.toml: line 3: unknown key `prot`".
  Error&& in(std::string_view where) && {
    what.insert(0, std::string(where) + ": ");
    return std::move(*this);
  }
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> fail(ErrorKind kind, std::string what, ErrorCode code = 0) {
  return tl::unexpected<Error>(Error{kind, code, std::move(what)});
}

#define STEELYARD_CONCAT_(a, b) a##b
#define STEELYARD_CONCAT(a, b) STEELYARD_CONCAT_(a, b)

// TRY(expr): returns the error of a Result, drops its value.
#define TRY(expr)                                                    \
  do {                                                               \
    if (auto try_result_ = (expr); !try_result_)                     \
      return ::tl::unexpected(std::move(try_result_).error());       \
  } while (false)

// TRY_ASSIGN(auto x, expr): returns the error of a Result, or binds its value.
#define TRY_ASSIGN(target, expr) TRY_ASSIGN_(STEELYARD_CONCAT(try_result_, __LINE__), target, expr)
#define TRY_ASSIGN_(name, target, expr)                     \
  auto name = (expr);                                       \
  if (!name) return ::tl::unexpected(std::move(name).error()); \
  target = std::move(*name)

}  // namespace steelyard
