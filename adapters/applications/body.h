// What the readers of applications' bodies share: keys that may stand there, ids under them.
//
// Threads: pure. Errors: usage, naming the key, never a value.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include "core/json/json.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

inline tl::unexpected<Error> usage(const std::string& what) {
  return fail(schemas::error_of(schemas::code::usage, what));
}

inline Status only_keys(const json::Value& object, std::initializer_list<std::string_view> known) {
  TRY_ASSIGN(const json::Object* members, object.as_object());
  for (const auto& [key, value] : *members)
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      std::string list;
      for (const std::string_view each : known) list += (list.empty() ? "" : ", ") + std::string(each);
      return usage("unknown key: known are " + list);
    }
  return {};
}

template <class Id>
Result<Id> id_at(const json::Value& object, std::string_view key) {
  auto text = object.string_at(key);
  if (!text) return usage(text.error().what);
  if (auto good = check_name(*text); !good) return usage("`" + std::string(key) + "` is no registered id");
  return Id(std::move(*text));
}

}  // namespace steelyard::adapters
