#include "policy/entity_uid.h"

#include <fmt/format.h>

#include "policy/hash.h"

namespace steelyard::policy {

EntityUid::EntityUid(std::string type, std::string id)
    : names_([&] {
        const std::size_t hash = mix_hash(hash_text(type), hash_text(id));
        return Ref<Names>(new Names(std::move(type), std::move(id), hash));
      }()) {}

bool is_action_type(std::string_view type) { return type == "Action" || type.ends_with("::Action"); }

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': quoted += "\\\""; break;
      case '\\': quoted += "\\\\"; break;
      case '\n': quoted += "\\n"; break;
      case '\r': quoted += "\\r"; break;
      case '\t': quoted += "\\t"; break;
      case '\0': quoted += "\\0"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          quoted += fmt::format("\\u{{{:x}}}", static_cast<unsigned char>(c));
        } else {
          quoted.push_back(c);
        }
    }
  }
  return quoted + '"';
}

std::string to_source(const EntityUid& uid) { return uid.type() + "::" + quote(uid.id()); }

}  // namespace steelyard::policy
