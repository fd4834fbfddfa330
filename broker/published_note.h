// PublishedNote: the newest signed checkpoint, with those cosignatures that have come by now, for whoever reads it.
//
// Never goes back: a note of fewer entries, or of as many with fewer signatures, changes nothing.
// Owns: a copy. Threads: any. Errors: none; octets that are no checkpoint change nothing.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/crypto/checkpoint.h"

namespace steelyard::broker {

class PublishedNote {
 public:
  struct Newest {
    std::string note;
    std::uint64_t size = 0;
  };

  void offer(std::string note) {
    const auto parsed = crypto::parse_note(note);
    if (!parsed) return;
    const auto checkpoint = crypto::parse_checkpoint(parsed->text);
    if (!checkpoint) return;
    std::lock_guard lock(mutex_);
    if (newest_ != nullptr && (checkpoint->size < newest_->size ||
                               (checkpoint->size == newest_->size && parsed->signatures.size() <= signatures_)))
      return;
    signatures_ = parsed->signatures.size();
    newest_ = std::make_shared<const Newest>(Newest{std::move(note), checkpoint->size});
  }
  std::shared_ptr<const Newest> get() const {  // null before the first
    std::lock_guard lock(mutex_);
    return newest_;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Newest> newest_;
  std::size_t signatures_ = 0;
};

}  // namespace steelyard::broker
