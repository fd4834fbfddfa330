#include "cli/report.h"

#include "schemas/errors.h"

namespace steelyard::cli {

int report(std::ostream& to, Output output, const Error& error) {
  const int exit = schemas::exit_code_of(error);
  const Error shown{error.kind, error.code, printable(error.what)};
  if (output != Output::kJson) {
    to << "steelyard: " << schemas::text_of(shown) << "\n";
    return exit;
  }
  const schemas::ErrorRow* row = schemas::row_of(error);
  json::Value value = json::object({{"exit", exit}, {"what", shown.what}, {"code", row ? row->code : error.code}});
  if (row != nullptr) {
    value.set("slug", row->slug);
    value.set("retry", row->retry);
    value.set("todo", row->en_do);
    value.set("zh", row->zh);
    value.set("zh_todo", row->zh_do);
  }
  to << json::dump(json::object({{"error", std::move(value)}})) << "\n";
  return exit;
}

}  // namespace steelyard::cli
