// Doc: text with places where it may be broken into lines, and how it is laid out within a width.
//
// Made of texts and breaks, in sequences, indented parts and groups. A group stands on one line if it fits with what
// follows it up to the next place that may break; else all breaks that are its own become new lines. (Wadler, "A
// prettier printer".) A new line is indented as what comes next is: one at the end of an indented part no more than
// what follows the part. Lines that would be empty are left out.
//
// Owns: its nodes; texts borrow from the source. Threads: one owner. Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace steelyard::policy::format {

class Docs {
 public:
  using Id = std::uint32_t;

  Id text(std::string_view text);  // stays where it is until the layout is done
  Id nothing() { return kNothing; }
  Id space() { return text(" "); }
  Id line() { return kLine; }     // a space, or a new line
  Id soft() { return kSoft; }     // nothing, or a new line
  Id hard() { return kHard; }     // always a new line
  Id all(std::vector<Id> parts);  // one after the other
  Id indented(std::size_t by, Id part);
  Id group(Id part);

  std::string lay_out(Id doc, std::size_t width) const;

 private:
  enum class Kind : std::uint8_t { kNothing, kText, kLine, kSoft, kHard, kAll, kIndented, kGroup };
  struct Node {
    Kind kind = Kind::kNothing;
    std::uint32_t number = 0;  // kAll: how many parts; kIndented: by how much
    std::uint32_t at = 0;      // kAll: in parts_; kIndented, kGroup: the part
    std::string_view text;
  };
  struct Placed {
    Id doc;
    std::size_t indent;
    bool flat;
  };
  static constexpr Id kNothing = 0, kLine = 1, kSoft = 2, kHard = 3;

  Id add(const Node& node);
  void push_parts(const Node& node, std::size_t indent, bool flat, std::vector<Placed>& to) const;
  bool fits(Id doc, std::size_t room, const std::vector<Placed>& after) const;

  std::vector<Node> nodes_{
      {Kind::kNothing, 0, 0, {}}, {Kind::kLine, 0, 0, {}}, {Kind::kSoft, 0, 0, {}}, {Kind::kHard, 0, 0, {}}};
  std::vector<Id> parts_;
};

}  // namespace steelyard::policy::format
