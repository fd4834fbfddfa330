#include "cli/report.h"

#include "schemas/errors.h"

namespace steelyard::cli {

json::Value error_value(const Error& error) { return error_value(error, schemas::exit_code_of(error)); }

json::Value error_value(const Error& error, int exit) {
  const schemas::ErrorRow* row = schemas::row_of(error);
  json::Value value =
      json::object({{"exit", exit}, {"what", printable(error.what)}, {"code", row ? row->code : error.code}});
  if (row == nullptr) return value;
  value.set("slug", row->slug);
  value.set("retry", row->retry);
  value.set("todo", row->en_do);
  value.set("zh", row->zh);
  value.set("zh_todo", row->zh_do);
  return value;
}

int report(std::ostream& to, Output output, const Error& error) {
  return report(to, output, error, schemas::exit_code_of(error));
}

int report(std::ostream& to, Output output, const Error& error, int exit) {
  if (output == Output::kJson)
    to << json::dump(json::object({{"error", error_value(error, exit)}})) << "\n";
  else
    to << "steelyard: " << schemas::text_of({error.kind, error.code, printable(error.what)}) << "\n";
  return exit;
}

}  // namespace steelyard::cli
