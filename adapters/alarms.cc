#include "adapters/alarms.h"

#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

bool is_evidence(std::string_view slug) {
  return slug != schemas::slug_of(schemas::code::owner_unavailable) &&
         slug != schemas::slug_of(schemas::code::source_changed);
}

void Alarms::raise(std::string_view slug, std::string_view what,
                   const std::vector<std::pair<std::string_view, ByteView>>& evidence) {
  const std::uint64_t of_code = ++counts_[std::string(slug)];
  ++total_;
  std::string line = "alarm " + std::string(slug) + ": " + std::string(what);
  if (of_code <= kFilesMax) {
    const Instant now = clock_->wall();
    std::string text = to_rfc3339(now) + " " + std::string(slug) + "\n" + std::string(what) + "\n";
    for (const auto& [name, octets] : evidence) text += std::string(name) + " " + to_hex(octets) + "\n";
    const std::string path =
        dir_ + "/" + std::to_string(now.us) + "-" + std::to_string(total_) + "-" + std::string(slug) + ".txt";
    Status written = store::make_dir(dir_, 0700);
    if (written) written = store::write_file_durably(path, as_bytes(text), 0600);
    line += written ? "; evidence in " + path : "; no evidence kept: " + written.error().what;
  }
  if (say_) say_(line);
}

}  // namespace steelyard::adapters
