#include "adapters/alarms.h"

#include "core/base/plain_text.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

bool is_evidence(std::string_view slug) {
  return slug != schemas::slug_of(schemas::code::owner_unavailable) &&
         slug != schemas::slug_of(schemas::code::source_changed);
}

std::optional<Result<std::string>> Alarms::keep(const Cause& cause, std::string_view what,
                                                const std::vector<std::pair<std::string_view, ByteView>>& evidence) {
  const auto& [slug, about] = cause;
  if (files_[slug] >= kFilesMax || files_of_[cause] >= kFilesOfOneMax) return {};
  const Instant now = clock_->wall();
  std::string text = to_rfc3339(now) + " " + slug + "\n" + escaped(what) + "\n";
  for (const auto& [name, octets] : evidence) text += std::string(name) + " " + to_hex(octets) + "\n";
  std::string path = dir_ + "/" + std::to_string(now.us) + "-" + std::to_string(total_) + "-" + slug + ".txt";
  Status written = store::make_dir(dir_, 0700);
  if (written) written = store::write_file_durably(path, as_bytes(text), 0600);
  if (!written) return fail(std::move(written).error());
  ++files_[slug];
  ++files_of_[cause];
  return path;
}

void Alarms::raise(std::string_view slug, const std::string& about, std::string_view what,
                   const std::vector<std::pair<std::string_view, ByteView>>& evidence) {
  ++counts_[std::string(slug)];
  ++total_;
  const Cause cause{slug, about};
  const auto kept_back = lines_.speak(cause, clock_->monotonic());
  if (!kept_back) return;
  std::string line = "alarm " + std::string(slug) + ": " + std::string(what);
  if (*kept_back > 0) line += "; " + std::to_string(*kept_back) + " more like it before";
  if (const auto kept = keep(cause, what, evidence))
    line += *kept ? "; evidence in " + **kept : "; no evidence kept: " + kept->error().what;
  if (say_) say_(line);
}

}  // namespace steelyard::adapters
