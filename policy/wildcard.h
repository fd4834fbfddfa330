// Wildcard: the pattern of Cedar's `like`; `*` stands for any run of characters, none included.
//
// Owns its text. Threads: immutable. Errors: none; the parser makes patterns from checked literals.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace steelyard::policy {

class Wildcard {
 public:
  // The literal texts between the stars, in order: "a*b" is {"a", "b"}, "*" is {"", ""}, "x" is {"x"}.
  explicit Wildcard(std::vector<std::string> pieces) : pieces_(std::move(pieces)) {}

  bool matches(std::string_view text) const;
  const std::vector<std::string>& pieces() const { return pieces_; }
  std::size_t size() const;    // octets of all pieces
  std::string source() const;  // as in Cedar text, quotes included
  bool operator==(const Wildcard&) const = default;

 private:
  std::vector<std::string> pieces_;  // at least one
};

}  // namespace steelyard::policy
