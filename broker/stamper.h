// Stamper: has a time stamp authority (RFC 3161) stamp the newest checkpoint every so often, and keeps note and stamp
// as a pair of files that anybody checks with `steelyard log stamp` or `openssl ts -verify`.
//
// Bounds from below and above when a log's head stood as it does, by somebody who knows nothing of it; nothing on an
// exchange's path waits for it. A stamp that does not hold is not kept.
// Owns: its thread, the files of its folder. Threads: follow() and counts from any. Errors: told to the process's log,
// once a minute, and counted; a minute later is another try.
// Format: docs/formats/checkpoint.md, Time stamps
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "broker/follower.h"
#include "core/base/throttle.h"
#include "core/http/post.h"

namespace steelyard::broker {

struct StampAuthority {
  http::Url url;
  std::string ca_file;  // PEM: who signed its certificate
  std::string folder;   // for <size>.note and <size>.tsr
  Duration every;
};

class Stamper {
 public:
  static Result<std::unique_ptr<Stamper>> start(StampAuthority authority, const Clock& clock);

  void follow(std::string note) { follower_->follow(std::move(note)); }
  std::uint64_t stamped() const { return stamped_.load(); }
  std::uint64_t failed() const { return failed_.load(); }

 private:
  Stamper(StampAuthority authority, const Clock& clock) : authority_(std::move(authority)), clock_(clock) {}
  bool work(const std::string& note);
  Status stamp(const std::string& note);

  const StampAuthority authority_;
  const Clock& clock_;
  Throttle<int> failures_{minutes(1)};
  std::atomic<std::uint64_t> stamped_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::unique_ptr<Follower> follower_;  // ends first
};

}  // namespace steelyard::broker
