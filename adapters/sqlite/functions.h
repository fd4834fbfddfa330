// What SQLite lacks for exact conditions: a collation for decimals and a function that reads times.
//
// Threads: those of the connection. Errors: SQLite's result code.
#pragma once

struct sqlite3;

namespace steelyard::adapters {

// Adds collation `steelyard_decimal` and function `steelyard_instant`.
int register_functions(sqlite3* connection);

}  // namespace steelyard::adapters
