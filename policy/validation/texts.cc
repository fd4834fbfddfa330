#include "policy/validation/texts.h"

#include <unicode/uscript.h>
#include <unicode/uset.h>
#include <unicode/uspoof.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "core/base/plain_text.h"

namespace steelyard::policy::validation {
namespace {

// U+202A to U+202E and U+2066 to U+2069 embed and isolate, U+200E, U+200F and U+061C mark a direction.
bool turns_direction(std::string_view text) {
  for (const std::string_view each : {"\u202A", "\u202B", "\u202C", "\u202D", "\u202E", "\u2066", "\u2067", "\u2068",
                                      "\u2069", "\u200E", "\u200F", "\u061C"}) {
    if (text.find(each) != std::string_view::npos) return true;
  }
  return false;
}

// Calls `each` until it returns false. Policies are UTF-8.
template <class Each>
bool all_characters(std::string_view text, const Each& each) {
  for (std::size_t at = 0; at < text.size();)
    if (!each(static_cast<UChar32>(next_code(text, at)))) return false;
  return true;
}

using Scripts = std::vector<UScriptCode>;

bool contains(const Scripts& scripts, UScriptCode one) {
  return std::find(scripts.begin(), scripts.end(), one) != scripts.end();
}

// Those that use it; nothing where all do. Chinese, Japanese and Korean text mixes scripts by rights (UTS 39, 5.1).
std::optional<Scripts> scripts_of(UChar32 character) {
  std::array<UScriptCode, 64> found;
  UErrorCode error = U_ZERO_ERROR;
  const int count = uscript_getScriptExtensions(character, found.data(), found.size(), &error);
  Scripts scripts(found.begin(), found.begin() + (U_FAILURE(error) ? 0 : count));
  if (contains(scripts, USCRIPT_COMMON) || contains(scripts, USCRIPT_INHERITED)) return {};
  const bool han = contains(scripts, USCRIPT_HAN);
  if (han || contains(scripts, USCRIPT_BOPOMOFO)) scripts.push_back(USCRIPT_HAN_WITH_BOPOMOFO);
  if (han || contains(scripts, USCRIPT_HIRAGANA) || contains(scripts, USCRIPT_KATAKANA))
    scripts.push_back(USCRIPT_JAPANESE);
  if (han || contains(scripts, USCRIPT_HANGUL)) scripts.push_back(USCRIPT_KOREAN);
  return scripts;
}

bool is_allowed_in_identifiers(UChar32 character) {
  UErrorCode error = U_ZERO_ERROR;
  const USet* const recommended = uspoof_getRecommendedSet(&error);
  const USet* const inclusion = uspoof_getInclusionSet(&error);
  return U_SUCCESS(error) && (uset_contains(recommended, character) != 0 || uset_contains(inclusion, character) != 0);
}

class Texts {
 public:
  explicit Texts(Findings& warnings) : warnings_(warnings) {}

  void text(std::string_view text, const Span& at) {
    if (turns_direction(text))
      warn(Rule::kBidirectionalText, at, "a text has characters that turn its direction");
    else if (!is_of_one_script(text))
      warn(Rule::kMixedScripts, at, "a text mixes scripts");
  }

  void name(std::string_view name, const Span& at) {
    if (turns_direction(name))
      warn(Rule::kBidirectionalText, at, "a name has characters that turn its direction");
    else if (!is_fit_for_names(name))
      warn(Rule::kConfusable, at, "a name has characters that are not for names");
    else if (!is_of_one_script(name))
      warn(Rule::kMixedScripts, at, "a name mixes scripts");
  }

  void node(const Expr& expr, const Node& node) {
    const Span& at = expr.span(node);
    switch (node.op) {
      case Op::kLiteral: {
        const Value& value = expr.literal(node);
        if (value.is(Type::kString)) text(value.as_string(), at);
        if (value.is(Type::kEntity)) name(value.as_entity().id(), at);
        return;
      }
      case Op::kGetAttribute: return name(expr.name(node), at);
      case Op::kHasAttribute:
        for (const std::string& one : expr.path(node)) name(one, at);
        return;
      case Op::kLike: {
        std::string all;  // stars are of every script
        for (const std::string& piece : expr.pattern(node).pieces()) all += piece;
        return text(all, at);
      }
      case Op::kRecord:
        for (std::uint32_t nth = 0; nth < node.children; ++nth) name(expr.key(node, nth), at);
        return;
      default: return;  // types and functions are spelled in ASCII
    }
  }

 private:
  void warn(Rule rule, const Span& at, std::string what) {
    warnings_.add({rule, at, std::move(what), "it may not read as it is compared"});
  }

  Findings& warnings_;
};

}  // namespace

bool is_of_one_script(std::string_view text) {
  std::optional<Scripts> common;  // nothing: every script so far
  return all_characters(text, [&](UChar32 character) {
    const auto scripts = scripts_of(character);
    if (!scripts) return true;
    if (!common)
      common = *scripts;
    else
      std::erase_if(*common, [&](UScriptCode one) { return !contains(*scripts, one); });
    return !common->empty();
  });
}

bool is_fit_for_names(std::string_view text) {
  return all_characters(text, [](UChar32 character) {
    return (character >= ' ' && character <= '~') || is_allowed_in_identifiers(character);
  });
}

void check_texts(const Policy& policy, Findings& warnings) {
  Texts texts(warnings);
  for (const auto* constraint : {&policy.scope.principal, &policy.scope.action, &policy.scope.resource}) {
    for (const EntityUid& uid : constraint->entities) texts.name(uid.id(), constraint->span);
  }
  for (const Condition& condition : policy.conditions) {
    const Expr& expr = condition.body;
    for (NodeIndex index = 0; index < expr.size(); ++index) texts.node(expr, expr.node(index));
  }
}

}  // namespace steelyard::policy::validation
