#include "broker/cosignatures.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "core/base/outside_limits.h"
#include "core/base/plain_text.h"
#include "core/provenance/head_file.h"
#include "core/store/durable_file.h"

namespace steelyard::broker {

Result<std::unique_ptr<Cosignatures>> Cosignatures::open(std::string path, std::string origin,
                                                         std::shared_ptr<const crypto::VerifyingKey> log_key,
                                                         const provenance::LogStore& store,
                                                         std::function<void(Error)> contradicted,
                                                         PublishedNote* published) {
  std::unique_ptr<Cosignatures> made(new Cosignatures);
  made->path_ = std::move(path);
  made->origin_ = std::move(origin);
  made->log_key_ = std::move(log_key);
  made->store_ = &store;
  made->contradicted_ = std::move(contradicted);
  made->published_ = published;
  TRY_ASSIGN(const bool there, store::exists(made->path_));
  if (there) {
    TRY_ASSIGN(const Bytes octets, store::read_file(made->path_, limits::kNoteBytesMax));
    auto note = crypto::parse_note(as_text(octets));
    auto held = note ? crypto::verify_checkpoint(*note, made->origin_, *made->log_key_) : fail(note.error());
    if (held) {
      if (auto extends = provenance::check_extends(store, *held); !extends)
        return fail(std::move(extends).error().in(made->path_));
      made->newest_ = std::move(*note);
      made->size_ = held->size;
      made->publish();
    } else {  // nothing rests on this file alone: the next cosignature replaces it
      spdlog::warn("cosignatures unreadable file={} why={}", made->path_, quoted(held.error().what));
    }
  }
  made->thread_ = std::thread([cosignatures = made.get()] { cosignatures->run(); });
  return made;
}

Cosignatures::~Cosignatures() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Cosignatures::offer(MemberId witness, std::shared_ptr<const crypto::VerifyingKey> key, Bytes note) {
  {
    std::lock_guard lock(mutex_);
    if (offered_.size() >= limits::kCosignsWaitingMax) return false;
    offered_.push_back({std::move(witness), std::move(key), std::move(note)});
  }
  wake_.notify_one();
  return true;
}

void Cosignatures::run() {
  while (true) {
    std::deque<Offered> taken;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [&] { return ending_ || !offered_.empty(); });
      if (offered_.empty()) return;
      taken.swap(offered_);
    }
    bool changed = false;
    for (const Offered& offered : taken) changed = look_at(offered) || changed;
    if (!changed) continue;
    publish();
    write();
  }
}

bool Cosignatures::look_at(const Offered& offered) {
  const auto refuse = [&](const Error& why) {
    ++refused_;
    if (const auto more = refusals_.speak(offered.witness, clock_.monotonic()))
      spdlog::warn("cosignature refused witness={} unsaid_before={} why={}", offered.witness.text, *more,
                   quoted(why.what));
    return false;
  };
  auto note = crypto::parse_note(as_text(offered.note));
  if (!note) return refuse(note.error());
  const auto checkpoint = crypto::verify_checkpoint(*note, origin_, *log_key_);
  if (!checkpoint) return refuse(checkpoint.error());
  const auto seen = crypto::verify_cosignature(*note, offered.witness.text, *offered.key);
  if (!seen) return refuse(seen.error());
  if (auto extends = provenance::check_extends(*store_, *checkpoint); !extends) {
    contradicted_(std::move(extends).error().in("checkpoint of " + std::to_string(checkpoint->size) +
                                                " entries, cosigned by " + offered.witness.text));
    return false;
  }
  ++accepted_;
  if (checkpoint->size < size_) return false;
  const auto key = crypto::note_key_id(offered.witness.text, crypto::NoteUse::kCosignature, offered.key->public_key());
  const auto is_its = [&](const crypto::NoteSignature& line) {
    return line.name == offered.witness.text && line.key == key;
  };
  if (note->text != newest_.text) {
    // The log's line and its own: what else this witness wrote under the note nobody has verified.
    const auto log = crypto::note_key_id(origin_, crypto::NoteUse::kSignature, log_key_->public_key());
    const auto is_the_logs = [&](const crypto::NoteSignature& line) { return line.name == origin_ && line.key == log; };
    std::erase_if(note->signatures, [&](const auto& line) { return !is_its(line) && !is_the_logs(line); });
    newest_ = std::move(*note);
    size_ = checkpoint->size;
    return true;
  }
  auto& held = newest_.signatures;
  if (held.size() >= limits::kNoteSignaturesWritten || std::any_of(held.begin(), held.end(), is_its)) return false;
  const auto its = std::find_if(note->signatures.begin(), note->signatures.end(), is_its);
  if (its != note->signatures.end()) held.push_back(*its);
  return true;
}

void Cosignatures::publish() const {
  if (published_ != nullptr) published_->offer(crypto::format_note(newest_));
}

void Cosignatures::write() {
  const auto written = store::write_file_durably(path_, as_bytes(crypto::format_note(newest_)), 0644);
  if (!written) spdlog::error("cosignatures not written file={} why={}", path_, quoted(written.error().what));
}

}  // namespace steelyard::broker
