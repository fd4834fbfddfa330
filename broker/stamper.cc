#include "broker/stamper.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/outside_limits.h"
#include "core/base/plain_text.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/timestamp.h"
#include "core/store/durable_file.h"

namespace steelyard::broker {
namespace {

constexpr int kDone = 200;

}  // namespace

Result<std::unique_ptr<Stamper>> Stamper::start(StampAuthority authority, const Clock& clock) {
  TRY(store::make_dir(authority.folder, 0755));
  const Duration every = authority.every;
  std::unique_ptr<Stamper> made(new Stamper(std::move(authority), clock));
  made->follower_ =
      std::make_unique<Follower>(every, std::min(every, minutes(1)),
                                 [stamper = made.get()](const std::string& note) { return stamper->work(note); });
  return made;
}

bool Stamper::work(const std::string& note) {
  const auto done = stamp(note);
  if (done) {
    ++stamped_;
    return true;
  }
  ++failed_;
  if (const auto more = failures_.speak(0, clock_.monotonic()))
    spdlog::warn("checkpoint not stamped url={} unsaid_before={} why={}", quoted("http://" + authority_.url.named),
                 *more, quoted(done.error().what));
  return false;
}

// The note first: a stamp without it is of no use, a note without a stamp is only the log's own.
Status Stamper::stamp(const std::string& note) {
  TRY_ASSIGN(const crypto::Note parsed, crypto::parse_note(note));
  TRY_ASSIGN(const crypto::Checkpoint checkpoint, crypto::parse_checkpoint(parsed.text));
  const std::string path = authority_.folder + "/" + std::to_string(checkpoint.size);
  TRY_ASSIGN(const bool there, store::exists(path + ".tsr"));
  if (there) return {};
  TRY_ASSIGN(const crypto::StampQuery query, crypto::StampQuery::about(as_bytes(note)));
  TRY_ASSIGN(const http::Response answer,
             http::post(authority_.url, "", {crypto::kStampQueryType, std::string(as_text(query.der()))},
                        limits::kOutsiderWithin, limits::kStampBytesMax));
  if (answer.status != kDone) return fail(ErrorKind::kLater, "it says " + std::to_string(answer.status));
  TRY_ASSIGN(const Instant time, crypto::check_stamp(as_bytes(answer.body), query, authority_.ca_file));
  const Duration apart = time - clock_.wall();
  if (apart > limits::kStampSkewMax || Duration{-apart.us} > limits::kStampSkewMax)
    return fail(ErrorKind::kFix, "the stamp's time is " + to_rfc3339(time) + ": its clock or this machine's is wrong");
  TRY(store::write_file_durably(path + ".note", as_bytes(note), 0644));
  return store::write_file_durably(path + ".tsr", as_bytes(answer.body), 0644);
}

}  // namespace steelyard::broker
