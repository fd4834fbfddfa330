#include "policy/lexer.h"

#include <algorithm>
#include <array>

#include "core/base/utf8.h"

namespace steelyard::policy {
namespace {

// Longer ones first.
constexpr std::array<std::string_view, 29> kSymbols = {"::", "==", "!=", "<=", ">=", "&&", "||", "@", "(", ")",
                                                       "{",  "}",  "[",  "]",  ",",  ";",  ":",  ".", "<", ">",
                                                       "!",  "+",  "-",  "*",  "/",  "%",  "=",  "&", "|"};

bool starts_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// How long the white space at the start of `text` is: any character that Unicode calls so; 0 if there is none.
std::size_t blank_length(std::string_view text) {
  const char first = text.front();
  if (first == ' ' || (first >= '\t' && first <= '\r')) return 1;
  if ((static_cast<unsigned char>(first) & 0x80) == 0) return 0;
  const auto point = decode_utf8(text);
  if (!point) return 0;
  const char32_t c = point->value;
  const bool blank = c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
                     c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
  return blank ? point->length : 0;
}

class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source) {}

  Result<std::vector<Token>> run() {
    constexpr std::size_t kUsualToken = 6;  // octets, with what stands before it
    std::vector<Token> tokens;
    tokens.reserve(source_.size() / kUsualToken);
    while (true) {
      skip_blank();
      if (rest().empty()) break;
      TRY_ASSIGN(Token token, next());
      tokens.push_back(token);
    }
    tokens.push_back({Token::Kind::kEnd, {}, here(0)});
    return tokens;
  }

 private:
  std::string_view rest() const { return source_.substr(at_.offset); }
  Span here(std::size_t length) const {
    Span span = at_;
    span.length = static_cast<std::uint32_t>(length);
    return span;
  }
  // Passes whole characters; the source is known to be UTF-8.
  void advance(std::size_t octets) {
    for (const char c : rest().substr(0, octets)) {
      ++at_.offset;
      if (c == '\n') {
        ++at_.line;
        at_.column = 1;
      } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
        ++at_.column;
      }
    }
  }
  void skip_blank() {
    while (!rest().empty()) {
      const auto text = rest();
      if (text.starts_with("//")) {
        advance(std::min(text.find_first_of("\r\n"), text.size()));
      } else if (const std::size_t blank = blank_length(text); blank != 0) {
        advance(blank);
      } else {
        return;
      }
    }
  }
  Token take(Token::Kind kind, std::size_t length) {
    const Token token{kind, rest().substr(0, length), here(length)};
    advance(length);
    return token;
  }
  template <class Predicate>
  std::size_t run_length(std::size_t from, Predicate&& belongs) const {
    const auto text = rest();
    while (from < text.size() && belongs(text[from])) ++from;
    return from;
  }

  Result<Token> next() {
    const auto text = rest();
    const auto in_word = [](char c) { return starts_word(c) || is_digit(c); };
    if (starts_word(text.front())) return take(Token::Kind::kIdentifier, run_length(1, in_word));
    if (is_digit(text.front())) return take(Token::Kind::kNumber, run_length(1, is_digit));
    if (text.front() == '"') return string();
    if (text.front() == '?') return take(Token::Kind::kSlot, run_length(1, in_word));
    for (const auto symbol : kSymbols) {
      if (text.starts_with(symbol)) return take(Token::Kind::kSymbol, symbol.size());
    }
    const auto point = decode_utf8(text);
    return fail_at(here(1), "unexpected character `" + std::string(text.substr(0, point ? point->length : 1)) + "`");
  }

  Result<Token> string() {
    const auto text = rest();
    std::size_t end = 1;
    while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
    if (end >= text.size()) return fail_at(here(1), "this string is not closed");
    const Token token{Token::Kind::kString, text.substr(1, end - 1), here(end + 1)};
    advance(end + 1);
    return token;
  }

  std::string_view source_;
  Span at_;
};

// One escape at the start of `text`, after the backslash; consumes it.
Result<char32_t> read_escape(std::string_view& text, const Span& span) {
  const auto wrong = [&span](std::string_view what) { return fail_at(span, std::string(what) + " in this string"); };
  const auto hex = [](std::string_view digits) -> std::int64_t {
    std::int64_t value = 0;
    for (const char c : digits) {
      const auto digit =
          std::string_view("0123456789abcdef").find(static_cast<char>(c >= 'A' && c <= 'F' ? c + 32 : c));
      if (digit == std::string_view::npos) return -1;
      value = value * 16 + static_cast<std::int64_t>(digit);
    }
    return value;
  };
  const char kind = text.front();
  text.remove_prefix(1);
  switch (kind) {
    case 'n': return U'\n';
    case 'r': return U'\r';
    case 't': return U'\t';
    case '0': return U'\0';
    case '\\': return U'\\';
    case '\'': return U'\'';
    case '"': return U'"';
    case 'x': {
      const auto value = text.size() < 2 ? -1 : hex(text.substr(0, 2));
      if (value < 0 || value > 0x7F) return wrong("`\\x` must be followed by two digits, `00` to `7F`,");
      text.remove_prefix(2);
      return static_cast<char32_t>(value);
    }
    case 'u': {
      const auto close = text.find('}');
      std::string digits;  // grouped by underscores, if anybody likes
      if (text.starts_with('{') && !text.starts_with("{_") && close != std::string_view::npos) {
        std::copy_if(text.begin() + 1, text.begin() + close, std::back_inserter(digits),
                     [](char c) { return c != '_'; });
      }
      const auto value = digits.empty() || digits.size() > 6 ? -1 : hex(digits);
      if (value < 0 || !is_scalar_value(static_cast<std::uint32_t>(value))) {
        return wrong("`\\u` must be followed by a character's number like `{1F600}`");
      }
      text.remove_prefix(close + 1);
      return static_cast<char32_t>(value);
    }
    default: return wrong("an unknown escape stands");
  }
}

// An editor that changes line ends would change what the policy says.
tl::unexpected<Error> bare_return(const Token& token) {
  return fail_at(token.span, "a carriage return stands in this string: write `\\r`");
}

}  // namespace

Result<std::vector<Token>> tokenize(std::string_view source, std::size_t bytes_max) {
  if (source.size() > bytes_max) {
    return fail_at(Span{},
                   "the text has " + std::to_string(source.size()) + " octets, more than " + std::to_string(bytes_max));
  }
  if (!is_utf8(source)) {
    Span span;
    for (auto text = source; !text.empty() && decode_utf8(text); text.remove_prefix(decode_utf8(text)->length)) {
      ++span.column;
      if (text.front() == '\n') ++span.line, span.column = 1;
    }
    return fail_at(span, "the text is not UTF-8");
  }
  return Scanner(source).run();
}

Result<std::string> read_string(const Token& token) {
  if (token.text.find_first_of("\\\r") == std::string_view::npos) return std::string(token.text);  // as mostly
  std::string value;
  for (auto text = token.text; !text.empty();) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\r') return bare_return(token);
    if (c != '\\') {
      value.push_back(c);
      continue;
    }
    TRY_ASSIGN(const char32_t escaped, read_escape(text, token.span));
    append_utf8(value, escaped);
  }
  return value;
}

Result<Wildcard> read_pattern(const Token& token) {
  std::vector<std::string> pieces(1);
  for (auto text = token.text; !text.empty();) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\r') return bare_return(token);
    if (c == '*') {
      pieces.emplace_back();
    } else if (c != '\\') {
      pieces.back().push_back(c);
    } else if (text.starts_with('*')) {
      pieces.back().push_back('*');
      text.remove_prefix(1);
    } else {
      TRY_ASSIGN(const char32_t escaped, read_escape(text, token.span));
      append_utf8(pieces.back(), escaped);
    }
  }
  return Wildcard(std::move(pieces));
}

bool is_reserved_word(std::string_view word) {
  static constexpr std::string_view kReserved[] = {"true", "false", "if",   "then", "else",
                                                   "in",   "is",    "like", "has",  "__cedar"};
  return std::find(std::begin(kReserved), std::end(kReserved), word) != std::end(kReserved);
}

bool is_identifier(std::string_view text) {
  return !text.empty() && starts_word(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return starts_word(c) || is_digit(c); });
}

bool is_plain_name(std::string_view text) { return is_identifier(text) && !is_reserved_word(text); }

bool is_normalized_path(std::string_view text) {
  while (true) {
    const auto end = text.find("::");
    if (!is_plain_name(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + 2);
  }
}

}  // namespace steelyard::policy
