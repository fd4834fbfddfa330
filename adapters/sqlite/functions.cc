#include "adapters/sqlite/functions.h"

#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "adapters/typed_value.h"
#include "policy/wildcard.h"

namespace steelyard::adapters {
namespace {

std::string_view view_of(const void* octets, int size) {
  return {static_cast<const char*>(octets), static_cast<std::size_t>(size)};
}

// Text that is no decimal sorts before all that is, by its octets; reading such a value is an error elsewhere.
int collate_decimals(void*, int size_a, const void* a, int size_b, const void* b) {
  const std::string_view left = view_of(a, size_a);
  const std::string_view right = view_of(b, size_b);
  const bool left_good = is_decimal(left);
  const bool right_good = is_decimal(right);
  if (left_good && right_good) return compare_decimals(left, right);
  if (left_good != right_good) return left_good ? 1 : -1;
  return left.compare(right);
}

void instant_of(sqlite3_context* context, int, sqlite3_value** arguments) {
  sqlite3_value* value = arguments[0];
  if (sqlite3_value_type(value) == SQLITE_NULL) return sqlite3_result_null(context);
  if (sqlite3_value_type(value) == SQLITE_TEXT) {
    const void* text = sqlite3_value_text(value);
    const auto instant = instant_of_source(view_of(text, sqlite3_value_bytes(value)));
    if (instant) return sqlite3_result_int64(context, instant->us);
  }
  sqlite3_result_error(context, "a column of type timestamp holds something else", -1);
}

// A field, then the pieces of a pattern: as the evaluator of filters matches, octet by octet.
void like(sqlite3_context* context, int count, sqlite3_value** arguments) {
  if (sqlite3_value_type(arguments[0]) == SQLITE_NULL) return sqlite3_result_null(context);
  std::vector<std::string> texts;
  for (int i = 0; i < count; ++i) {
    const void* text = sqlite3_value_text(arguments[i]);
    texts.emplace_back(view_of(text, sqlite3_value_bytes(arguments[i])));
  }
  const std::string text = std::move(texts.front());
  texts.erase(texts.begin());
  sqlite3_result_int(context, policy::Wildcard(std::move(texts)).matches(text) ? 1 : 0);
}

}  // namespace

int register_functions(sqlite3* connection) {
  const int result = sqlite3_create_collation(connection, "steelyard_decimal", SQLITE_UTF8, nullptr, collate_decimals);
  if (result != SQLITE_OK) return result;
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY;
  const int instants = sqlite3_create_function_v2(connection, "steelyard_instant", 1, kFlags, nullptr, instant_of,
                                                  nullptr, nullptr, nullptr);
  if (instants != SQLITE_OK) return instants;
  return sqlite3_create_function_v2(connection, "steelyard_like", -1, kFlags, nullptr, like, nullptr, nullptr, nullptr);
}

}  // namespace steelyard::adapters
