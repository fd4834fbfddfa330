#include "core/crypto/timestamp.h"

#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509_vfy.h>

#include <ctime>
#include <memory>

#include "core/base/freed.h"
#include "core/crypto/hash.h"
#include "core/crypto/openssl.h"
#include "core/crypto/random.h"

namespace steelyard::crypto {
namespace {

using TsRequest = std::unique_ptr<TS_REQ, Freed<TS_REQ_free>>;
using TsResponse = std::unique_ptr<TS_RESP, Freed<TS_RESP_free>>;
using TsImprint = std::unique_ptr<TS_MSG_IMPRINT, Freed<TS_MSG_IMPRINT_free>>;
using TsVerify = std::unique_ptr<TS_VERIFY_CTX, Freed<TS_VERIFY_CTX_free>>;
using AlgorithmId = std::unique_ptr<X509_ALGOR, Freed<X509_ALGOR_free>>;
using Integer = std::unique_ptr<ASN1_INTEGER, Freed<ASN1_INTEGER_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE_free>>;

constexpr std::size_t kNonceBytes = 8;

std::string reason() {
  char text[256] = "no reason given";
  if (const unsigned long code = ERR_get_error(); code != 0) ERR_error_string_n(code, text, sizeof(text));
  ERR_clear_error();
  return text;
}
tl::unexpected<Error> wrong(const std::string& what) { return fail(ErrorKind::kFix, "time stamp: " + what); }
tl::unexpected<Error> failed(const std::string& doing) {
  return fail(ErrorKind::kStop, "time stamp: " + doing + ": " + reason());
}

// How many octets of DER `i2d` writes, and those octets.
template <class T>
Result<Bytes> der_of(int (*i2d)(const T*, unsigned char**), const T* value) {
  unsigned char* octets = nullptr;
  const int size = i2d(value, &octets);
  if (size < 0) return failed("writing DER");
  Bytes der(octets, octets + size);
  OPENSSL_free(octets);
  return der;
}

TsResponse response_of(ByteView stamp) {
  const unsigned char* at = stamp.data();
  TsResponse response(d2i_TS_RESP(nullptr, &at, static_cast<long>(stamp.size())));
  return response != nullptr && at == stamp.data() + stamp.size() ? std::move(response) : nullptr;
}

Result<Instant> time_of(const TS_RESP& response) {
  const TS_TST_INFO* info = TS_RESP_get_tst_info(const_cast<TS_RESP*>(&response));
  const ASN1_GENERALIZEDTIME* time = info == nullptr ? nullptr : TS_TST_INFO_get_time(info);
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return wrong("it holds no time");
  return Instant{static_cast<std::int64_t>(timegm(&parts)) * 1'000'000};  // whole seconds: what is below is not needed
}

// Trusts the certificates of this file, as they stood at the stamp's own time.
Result<Store> trusting(const std::string& ca_file, Instant at) {
  Store store(X509_STORE_new());
  if (store == nullptr) return failed("making a store of certificates");
  if (X509_STORE_load_file(store.get(), ca_file.c_str()) != 1)
    return wrong(ca_file + " holds no PEM certificate of an authority: " + reason());
  X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()), static_cast<std::time_t>(at.us / 1'000'000));
  return store;
}

// `context` says what the stamp must be about.
Result<Instant> judge(ByteView stamp, TsVerify context, const std::string& ca_file) {
  ERR_clear_error();
  const TsResponse response = response_of(stamp);
  if (response == nullptr) return wrong("these octets are no TimeStampResp");
  const ASN1_INTEGER* status = TS_STATUS_INFO_get0_status(TS_RESP_get_status_info(response.get()));
  if (const long code = ASN1_INTEGER_get(status); code != TS_STATUS_GRANTED && code != TS_STATUS_GRANTED_WITH_MODS)
    return wrong("the authority refused, status " + std::to_string(code));
  TRY_ASSIGN(const Instant time, time_of(*response));
  TRY_ASSIGN(Store store, trusting(ca_file, time));
  TS_VERIFY_CTX_set_store(context.get(), store.release());  // the context's now
  TS_VERIFY_CTX_add_flags(context.get(), TS_VFY_VERSION | TS_VFY_SIGNATURE);
  if (TS_RESP_verify_response(context.get(), response.get()) != 1) return wrong(reason());
  return time;
}

}  // namespace

Result<StampQuery> StampQuery::about(ByteView octets) {
  const Digest digest = Hasher(HashId::kSha256).add(octets).finish();
  std::array<std::uint8_t, kNonceBytes> nonce;
  random_bytes(nonce);
  const TsRequest request(TS_REQ_new());
  const TsImprint imprint(TS_MSG_IMPRINT_new());
  const AlgorithmId algorithm(X509_ALGOR_new());
  const BigNum number(BN_bin2bn(nonce.data(), static_cast<int>(nonce.size()), nullptr));
  const Integer integer(number == nullptr ? nullptr : BN_to_ASN1_INTEGER(number.get(), nullptr));
  if (request == nullptr || imprint == nullptr || algorithm == nullptr || integer == nullptr)
    return failed("making a query");
  Bytes octets_of_digest = to_bytes(digest.view());
  if (X509_ALGOR_set0(algorithm.get(), OBJ_nid2obj(NID_sha256), V_ASN1_NULL, nullptr) != 1 ||
      TS_MSG_IMPRINT_set_algo(imprint.get(), algorithm.get()) != 1 ||
      TS_MSG_IMPRINT_set_msg(imprint.get(), octets_of_digest.data(), static_cast<int>(octets_of_digest.size())) != 1 ||
      TS_REQ_set_version(request.get(), 1) != 1 || TS_REQ_set_msg_imprint(request.get(), imprint.get()) != 1 ||
      TS_REQ_set_nonce(request.get(), integer.get()) != 1 || TS_REQ_set_cert_req(request.get(), 1) != 1)
    return failed("making a query");
  TRY_ASSIGN(Bytes der, der_of<TS_REQ>(i2d_TS_REQ, request.get()));
  return StampQuery(std::move(der));
}

Result<Instant> check_stamp(ByteView stamp, const StampQuery& query, const std::string& ca_file) {
  const unsigned char* at = query.der().data();
  const TsRequest request(d2i_TS_REQ(nullptr, &at, static_cast<long>(query.der().size())));
  if (request == nullptr) return failed("reading a query");
  TsVerify context(TS_REQ_to_TS_VERIFY_CTX(request.get(), nullptr));
  if (context == nullptr) return failed("making a verifier");
  return judge(stamp, std::move(context), ca_file);
}

Result<Instant> verify_stamp(ByteView stamp, ByteView octets, const std::string& ca_file) {
  TsVerify context(TS_VERIFY_CTX_new());
  BIO* data = BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size()));
  if (context == nullptr || data == nullptr) {
    BIO_free(data);
    return failed("making a verifier");
  }
  TS_VERIFY_CTX_set_data(context.get(), data);  // the context's now
  TS_VERIFY_CTX_set_flags(context.get(), TS_VFY_DATA);
  return judge(stamp, std::move(context), ca_file);
}

}  // namespace steelyard::crypto
