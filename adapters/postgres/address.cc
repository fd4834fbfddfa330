#include "adapters/postgres/address.h"

#include <arpa/inet.h>
#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <map>
#include <memory>

#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using Parameters = std::map<std::string, std::string>;

constexpr std::array<std::string_view, 9> kTaken = {"host",    "hostaddr",    "port",    "dbname", "user",
                                                    "sslmode", "sslrootcert", "sslcert", "sslkey"};

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorKind::kFix, std::move(what), schemas::code::config); }

Result<Parameters> parsed(const std::string& url) {
  if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
    return wrong("expected a url such as `postgresql://reader@127.0.0.1/registry`");
  char* words = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfoParse(url.c_str(), &words),
                                                                             &PQconninfoFree);
  // libpq's words quote the url, and with it what somebody may have taken for a place for the password.
  PQfreemem(words);
  if (options == nullptr) return wrong("not a url that PostgreSQL's libpq reads");
  Parameters parameters;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || *option->val == '\0') continue;
    const std::string_view name = option->keyword;
    if (name == "password" || name == "passfile")
      return wrong("the password stands in a file of mode 0600 that `passfile` beside the url names");
    if (std::find(kTaken.begin(), kTaken.end(), name) == kTaken.end())
      return wrong("`" + std::string(name) + "` is not taken in a url");
    parameters.emplace(name, option->val);
  }
  return parameters;
}

bool is_numeric(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

bool is_loopback(const std::string& address) {
  in_addr four{};
  if (::inet_pton(AF_INET, address.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24U) == 127;
  return address == "::1";
}

// Adds what `host` leaves open; after it no name needs DNS and no octet crosses a network unsealed.
Status settle_transport(Parameters& parameters) {
  const std::string& host = parameters["host"];
  if (host.empty()) return wrong("the url names no host: a Unix socket's folder is given by `?host=/run/postgresql`");
  if (host.find(',') != std::string::npos) return wrong("one host, not several: a source is one database");
  if (host.front() == '/') {
    parameters["sslmode"] = "disable";
    return {};
  }
  if (host == "localhost") parameters.emplace("hostaddr", "127.0.0.1");
  if (is_numeric(host)) parameters.emplace("hostaddr", host);
  const auto address = parameters.find("hostaddr");
  if (address == parameters.end() || !is_numeric(address->second))
    return wrong("`" + host + "` is a name: add `hostaddr=` with its numeric address, as no name is looked up here");
  if (is_loopback(address->second)) {
    parameters.emplace("sslmode", "prefer");
    return {};
  }
  const auto mode = parameters.emplace("sslmode", "verify-full").first;
  if (mode->second != "verify-full")
    return wrong("`sslmode` must be `verify-full` for another machine, not `" + mode->second + "`");
  if (!parameters.contains("sslrootcert") || parameters["sslrootcert"].front() != '/')
    return wrong("`sslrootcert=/PATH` of the authority that signed the server's certificate is needed");
  return {};
}

}  // namespace

Result<PostgresAddress> parse_postgres_url(const std::string& url, const std::string& passfile) {
  TRY_ASSIGN(Parameters parameters, parsed(url));
  for (const char* needed : {"user", "dbname"})
    if (!parameters.contains(needed))
      return wrong(std::string("the url names no ") + (*needed == 'u' ? "user" : "database"));
  TRY(settle_transport(parameters));
  parameters.emplace("port", "5432");
  PostgresAddress address;
  address.shown = "database `" + parameters["dbname"] + "` at " + parameters["host"] + ":" + parameters["port"];
  // Where nothing is given, libpq takes from the environment and the home folder: the map is to be the whole truth.
  // A path below a device is no file, which libpq passes over in silence.
  parameters["passfile"] = passfile.empty() ? "/dev/null/none" : passfile;
  parameters["application_name"] = "steelyard-adapter";
  parameters["client_encoding"] = "UTF8";
  parameters["gssencmode"] = "disable";
  address.parameters.assign(parameters.begin(), parameters.end());
  return address;
}

}  // namespace steelyard::adapters
