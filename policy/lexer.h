// Lexer: Cedar text into tokens.
//
// Owns nothing: a token's text borrows from the source. Threads: any. Errors: kFix with line and column: text above
// its limit, octets that are not strict UTF-8, characters no token starts with, unclosed strings.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "policy/span.h"
#include "policy/wildcard.h"

namespace steelyard::policy {

struct Token {
  enum class Kind : std::uint8_t { kIdentifier, kNumber, kString, kSymbol, kSlot, kEnd };

  Kind kind = Kind::kEnd;
  std::string_view text;  // a string's text is what stands between its quotes, escapes and all
  Span span;

  bool is_symbol(std::string_view symbol) const { return kind == Kind::kSymbol && text == symbol; }
  bool is_word(std::string_view word) const { return kind == Kind::kIdentifier && text == word; }
};

// The last one is kEnd. Policies are the shortest of the texts in this language: others say what their limit is.
Result<std::vector<Token>> tokenize(std::string_view source, std::size_t bytes_max = limits::kPolicyBytesMax);

// Reads the escapes of a string token; in a pattern `*` is a wildcard and `\*` a star.
Result<std::string> read_string(const Token& token);
Result<Wildcard> read_pattern(const Token& token);

bool is_reserved_word(std::string_view word);    // may not name a variable, type or attribute
bool is_identifier(std::string_view text);       // reserved words among them
bool is_plain_name(std::string_view text);       // an identifier that is not reserved
bool is_normalized_path(std::string_view text);  // plain names with `::` between them and nothing else

}  // namespace steelyard::policy
