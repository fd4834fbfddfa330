#include "policy/wildcard.h"

#include "policy/entity_uid.h"

namespace steelyard::policy {

// Octets may stand for characters here: in UTF-8 no character's octets occur inside another's.
bool Wildcard::matches(std::string_view text) const {
  const std::string& first = pieces_.front();
  if (pieces_.size() == 1) return text == first;
  if (!text.starts_with(first)) return false;
  text.remove_prefix(first.size());
  for (std::size_t i = 1; i + 1 < pieces_.size(); ++i) {  // the leftmost place leaves most for the rest
    const auto at = text.find(pieces_[i]);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + pieces_[i].size());
  }
  return text.ends_with(pieces_.back());
}

std::string Wildcard::source() const {
  std::string text = "\"";
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    if (i > 0) text += '*';
    const std::string piece = quote(pieces_[i]);
    for (const char c : std::string_view(piece).substr(1, piece.size() - 2)) {
      if (c == '*') text += '\\';
      text += c;
    }
  }
  return text + '"';
}

std::size_t Wildcard::size() const {
  std::size_t octets = 0;
  for (const auto& piece : pieces_) octets += piece.size();
  return octets;
}

}  // namespace steelyard::policy
