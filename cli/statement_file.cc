#include "cli/statement_file.h"

#include "cli/folder.h"
#include "core/store/durable_file.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {

Result<exchange::StatementBytes> read_statement(const std::string& path) {
  TRY_ASSIGN(json::Value file, read_json(path));
  const auto read = [&]() -> Result<exchange::StatementBytes> {
    exchange::StatementBytes statement;
    TRY_ASSIGN(std::string format, file.string_at("format"));
    if (format != "steelyard-statement/v1")
      return fail(ErrorKind::kFix, "not a statement file: give what a verb wrote with --out");
    TRY_ASSIGN(std::string document, file.string_at("document"));
    TRY_ASSIGN(statement.document, from_base64(document));
    TRY_ASSIGN(std::string signatures, file.string_at("signatures"));
    TRY_ASSIGN(statement.signatures, from_base64(signatures));
    TRY(schemas::decode<schemas::Statement>(statement.document));
    return statement;
  };
  auto statement = read();
  if (!statement) return fail(ErrorKind::kFix, path + ": " + statement.error().what, schemas::code::config);
  return statement;
}

Status write_statement(const std::string& path, const exchange::StatementBytes& statement, bool replace) {
  TRY_ASSIGN(schemas::Statement value, schemas::decode<schemas::Statement>(statement.document));
  const json::Value file = json::object({{"format", "steelyard-statement/v1"},
                                         {"kind", schemas::name_of(value.head.kind)},
                                         {"subject", value.head.subject},
                                         {"version", value.head.version},
                                         {"document", to_base64(statement.document)},
                                         {"signatures", to_base64(statement.signatures)}});
  const std::string text = json::dump(file, 2) + "\n";
  if (!replace) return write_text(path, text);
  return store::write_file_durably(path, as_bytes(text), 0644);
}

}  // namespace steelyard::cli
