// Time stamps (RFC 3161): an authority's signed word that some octets were there at a time.
//
// What is asked holds the SHA-256 of the octets and a nonce, so that no older stamp passes for the answer. A stamp is
// kept as it came, a TimeStampResp in DER, which `openssl ts -verify` reads too.
// Threads: any. Errors: kFix, saying what does not hold: another digest or nonce, no signature by a certificate for
// time stamping that the authority's own signed. Format: RFC 3161; docs/formats/checkpoint.md, Time stamps
#pragma once

#include <string>

#include "core/base/bytes.h"
#include "core/base/time.h"

namespace steelyard::crypto {

inline constexpr const char* kStampQueryType = "application/timestamp-query";
inline constexpr const char* kStampReplyType = "application/timestamp-reply";

class StampQuery {
 public:
  static Result<StampQuery> about(ByteView octets);
  const Bytes& der() const { return der_; }

 private:
  explicit StampQuery(Bytes der) : der_(std::move(der)) {}
  Bytes der_;
};

// The time of this stamp, which answers the query. `ca_file`: PEM certificates of authorities that are trusted for it.
Result<Instant> check_stamp(ByteView stamp, const StampQuery& query, const std::string& ca_file);

// The same of a stamp that was kept, by the octets alone. Certificates are judged as of the stamp's time.
Result<Instant> verify_stamp(ByteView stamp, ByteView octets, const std::string& ca_file);

}  // namespace steelyard::crypto
