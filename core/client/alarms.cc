#include "core/client/alarms.h"

#include <utility>

#include "core/store/durable_file.h"

namespace steelyard::client {
namespace {

// Of one code, in one process: nobody fills the disk, and who provokes alarms of one code (a member can, by answers
// that do not verify) takes no room from the evidence of others.
constexpr std::size_t kFilesMax = 200;

}  // namespace

Result<std::string> Alarms::write(std::string_view slug, std::string_view evidence) {
  TRY(store::make_dir(dir_, 0700));
  const std::string path =
      dir_ + "/" + std::string(slug) + "-" + std::to_string(clock_.wall().us) + "-" + std::to_string(written_) + ".txt";
  TRY(store::write_file_durably(path, as_bytes(evidence), 0600));
  ++written_;
  ++written_of_[std::string(slug)];
  return path;
}

void Alarms::raise(std::string_view slug, std::string what, std::string_view evidence) {
  Alarm alarm{std::string(slug), std::move(what), {}};
  if (!dir_.empty() && written_of_[std::string(slug)] < kFilesMax) {
    auto path = write(slug, evidence);
    if (path)
      alarm.evidence_path = std::move(*path);
    else
      alarm.what += "; its evidence could not be kept: " + path.error().what;
  }
  alarms_.push_back(std::move(alarm));
}

std::vector<Alarm> Alarms::take() { return std::exchange(alarms_, {}); }

}  // namespace steelyard::client
