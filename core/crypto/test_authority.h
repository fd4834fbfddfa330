// TestAuthority: a time stamp authority of a test's own, by the `openssl` program: a certificate for time stamping
// under one of its own. For tests only.
//
// Owns: files below a folder. Threads: one. Errors: a command that fails is a CHECK.
#pragma once

#include <cstdlib>
#include <fstream>
#include <string>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace steelyard::crypto {

class TestAuthority {
 public:
  TestAuthority(std::string dir, std::string name) : dir_(std::move(dir)), name_(std::move(name)) {
    write("cnf", "[tsa]\ndefault_tsa = t\n[t]\nserial = " + path("serial") +
                     "\ndefault_policy = 1.2.3.4.1\ndigests = sha256\nsigner_digest = sha256\nordering = yes\n"
                     "tsa_name = yes\ness_cert_id_chain = no\n"
                     "[stamping]\nextendedKeyUsage = critical,timeStamping\nkeyUsage = critical,digitalSignature\n");
    write("serial", "01\n");
    const std::string new_key = " -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes ";
    run("req -x509" + new_key + "-days 30 -subj /CN=" + name_ + "-ca -keyout " + path("ca.key") + " -out " + ca());
    run("req" + new_key + "-subj /CN=" + name_ + " -keyout " + path("key") + " -out " + path("csr"));
    run("x509 -req -in " + path("csr") + " -CA " + ca() + " -CAkey " + path("ca.key") + " -CAcreateserial -days 30 " +
        "-extfile " + path("cnf") + " -extensions stamping -out " + path("pem"));
  }

  std::string ca() const { return path("ca.pem"); }
  Bytes stamp(ByteView query) const {
    write("query", std::string(as_text(query)));
    run("ts -reply -config " + path("cnf") + " -queryfile " + path("query") + " -signer " + path("pem") + " -inkey " +
        path("key") + " -out " + path("tsr"));
    std::ifstream file(path("tsr"), std::ios::binary);
    const std::string octets{std::istreambuf_iterator<char>(file), {}};
    return to_bytes(as_bytes(octets));
  }
  void run(const std::string& arguments) const {
    const std::string command = "openssl " + arguments + " >/dev/null 2>&1";
    CHECK(std::system(command.c_str()) == 0);
  }

 private:
  std::string path(const std::string& what) const { return dir_ + "/" + name_ + "." + what; }
  void write(const std::string& what, const std::string& text) const {
    std::ofstream(path(what), std::ios::binary) << text;
  }

  std::string dir_;
  std::string name_;
};

}  // namespace steelyard::crypto
