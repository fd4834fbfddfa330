// Names in schemas: what may be one, what is reserved, how they are put together. The same in both syntaxes.
//
// Owns nothing. Threads: any. Errors: none: callers know the place.
#pragma once

#include <string>
#include <string_view>

namespace steelyard::policy::schema {

bool is_name(std::string_view text);  // an identifier that is no reserved word; `__cedar` is one
bool is_path(std::string_view text);  // names with `::` between them and nothing else

// Has a part `__cedar`: only the language itself declares such names.
bool is_internal(std::string_view path);
// `Long`, `Record`, ...: what JSON reads as words of its own, so that no common type may be declared so.
bool is_type_keyword(std::string_view name);

bool is_extension(std::string_view name);  // `ipaddr`, ...
bool is_builtin(std::string_view name);    // `Long`, `ipaddr`, ...: what `__cedar::` is followed by

inline constexpr std::string_view kInternalPrefix = "__cedar::";

std::string qualified(std::string_view ns, std::string_view name);  // "N::A"; "A" outside of any namespace
inline bool is_qualified(std::string_view path) { return path.find("::") != std::string_view::npos; }

// For messages: on one line, cut where it grows long; `shown` puts it into backticks.
std::string shorten(std::string_view text);
inline std::string shown(std::string_view text) { return "`" + shorten(text) + "`"; }

}  // namespace steelyard::policy::schema
