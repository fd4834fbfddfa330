#include "policy/format/doc.h"

#include "core/base/display_width.h"
#include "policy/format/lines.h"

namespace steelyard::policy::format {
Docs::Id Docs::add(const Node& node) {
  nodes_.push_back(node);
  return static_cast<Id>(nodes_.size() - 1);
}

Docs::Id Docs::text(std::string_view text) { return add({Kind::kText, 0, 0, text}); }

Docs::Id Docs::all(std::vector<Id> parts) {
  std::erase(parts, kNothing);
  if (parts.size() <= 1) return parts.empty() ? kNothing : parts.front();
  const auto at = static_cast<std::uint32_t>(parts_.size());
  parts_.insert(parts_.end(), parts.begin(), parts.end());
  return add({Kind::kAll, static_cast<std::uint32_t>(parts.size()), at, {}});
}

Docs::Id Docs::indented(std::size_t by, Id part) {
  if (part == kNothing) return part;
  return add({Kind::kIndented, static_cast<std::uint32_t>(by), part, {}});
}

Docs::Id Docs::group(Id part) { return part == kNothing ? part : add({Kind::kGroup, 0, part, {}}); }

void Docs::push_parts(const Node& node, std::size_t indent, bool flat, std::vector<Placed>& to) const {
  for (std::uint32_t i = node.number; i > 0; --i) to.push_back({parts_[node.at + i - 1], indent, flat});
}

// Whether `doc` on one line, and what comes after it up to its next new line, takes no more than `room`.
bool Docs::fits(Id doc, std::size_t room, const std::vector<Placed>& after) const {
  std::vector<Placed> ahead{{doc, 0, true}};
  std::size_t next = after.size();
  while (true) {
    if (ahead.empty()) {
      if (next == 0) return true;
      ahead.push_back(after[--next]);
    }
    const Placed now = ahead.back();
    ahead.pop_back();
    const Node& node = nodes_[now.doc];
    switch (node.kind) {
      case Kind::kNothing: break;
      case Kind::kText:
      case Kind::kLine: {
        if (node.kind == Kind::kLine && !now.flat) return true;
        const std::size_t takes = node.kind == Kind::kLine ? 1 : display_width(node.text);
        if (takes > room) return false;
        room -= takes;
        break;
      }
      case Kind::kSoft:
        if (!now.flat) return true;
        break;
      case Kind::kHard: return !now.flat;
      case Kind::kAll: push_parts(node, 0, now.flat, ahead); break;
      case Kind::kIndented:
      case Kind::kGroup: ahead.push_back({node.at, 0, now.flat}); break;
    }
  }
}

std::string Docs::lay_out(Id doc, std::size_t width) const {
  std::string out;
  std::size_t column = 0;
  std::vector<Placed> left{{doc, 0, false}};
  while (!left.empty()) {
    const Placed now = left.back();
    left.pop_back();
    const Node& node = nodes_[now.doc];
    switch (node.kind) {
      case Kind::kNothing: break;
      case Kind::kText:
        out += node.text;
        column += display_width(node.text);
        break;
      case Kind::kLine:
      case Kind::kSoft:
        if (now.flat) {
          if (node.kind == Kind::kLine) out += ' ', ++column;
          break;
        }
        [[fallthrough]];
      case Kind::kHard:
        column = left.empty() ? now.indent : left.back().indent;
        out.append(1, '\n').append(column, ' ');
        break;
      case Kind::kAll: push_parts(node, now.indent, now.flat, left); break;
      case Kind::kIndented: left.push_back({node.at, now.indent + node.number, now.flat}); break;
      case Kind::kGroup: {
        const bool flat = now.flat || (column <= width && fits(node.at, width - column, left));
        left.push_back({node.at, now.indent, flat});
        break;
      }
    }
  }
  return without_empty_lines(out);
}

}  // namespace steelyard::policy::format
