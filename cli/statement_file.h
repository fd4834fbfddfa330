// Statements as files, between one office and the next.
//
// Threads: any. Errors: kFix, naming the file and what is wrong in it.
// Format: docs/cli.md, Folders and files: JSON with the document and the signatures in base64.
#pragma once

#include <string>

#include "core/exchange/statement.h"

namespace steelyard::cli {

Result<exchange::StatementBytes> read_statement(const std::string& path);
Status write_statement(const std::string& path, const exchange::StatementBytes& statement, bool replace = false);

}  // namespace steelyard::cli
