// PostgresAddress: where a register's PostgreSQL is and how it may be reached, from the `url` of a map.
//
//   postgresql://reader@/registry?host=/run/postgresql              a Unix socket's folder
//   postgresql://reader@127.0.0.1:5432/registry                     this machine
//   postgresql://reader@db.tax.gov/registry?hostaddr=10.1.0.9&sslmode=verify-full&sslrootcert=/etc/steelyard/ca.pem
//
// Another machine is reached by TLS alone, its name checked against its certificate. User and database are named, no
// name is looked up in DNS (which could block a read), no password stands in the url.
// Owns: text only. Threads: a plain value. Errors: config, without a place: the map's reader knows it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"

namespace steelyard::adapters {

struct PostgresAddress {
  std::vector<std::pair<std::string, std::string>> parameters;  // all that libpq gets
  std::string shown;                                            // "registry at 127.0.0.1:5432", for messages
};

// `passfile`: PostgreSQL's own password file, whose mode the caller has checked; empty for none.
Result<PostgresAddress> parse_postgres_url(const std::string& url, const std::string& passfile);

}  // namespace steelyard::adapters
