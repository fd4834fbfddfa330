#include "core/client/kept_subscription.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <system_error>

#include "core/crypto/hash.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;  // 256 fields and some keys
constexpr std::size_t kListedMax = 1'024;         // far more than one member's adapter reads at once
constexpr const char* kVersion = "2";
constexpr const char* kFolder = "/subscriptions";

std::string joined(const std::vector<FieldName>& fields) {
  std::string text;
  for (const FieldName& field : fields) text += (text.empty() ? "" : ",") + field.text;
  return text;
}

std::vector<FieldName> parted(const std::string& fields) {
  std::vector<FieldName> names;
  for (std::size_t at = 0; at < fields.size();) {
    const std::size_t end = std::min(fields.find(',', at), fields.size());
    names.emplace_back(fields.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

using Lines = std::map<std::string, std::string, std::less<>>;

// Names and values of a file, each taken once.
class Reader {
 public:
  Reader(std::string path, ByteView octets) : path_(std::move(path)) {
    std::string_view text = as_text(octets);
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = text.substr(0, end);
      const std::size_t space = line.find(' ');
      if (space == std::string_view::npos || !lines_.emplace(line.substr(0, space), line.substr(space + 1)).second)
        wrong("a line is not `name value`");
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  }

  std::string text(std::string_view name) {
    const auto found = lines_.find(name);
    if (found == lines_.end()) {
      wrong("`" + std::string(name) + "` is missing");
      return {};
    }
    return found->second;
  }
  std::uint64_t number(std::string_view name) {
    const std::string from = text(name);
    std::uint64_t value = 0;
    const auto read = std::from_chars(from.data(), from.data() + from.size(), value);
    if (read.ec != std::errc() || read.ptr != from.data() + from.size()) wrong("`" + std::string(name) + "`");
    return value;
  }
  Bytes octets(std::string_view name) {
    auto read = from_hex(text(name));
    if (!read) wrong("`" + std::string(name) + "`");
    return read ? std::move(*read) : Bytes{};
  }
  template <class Fixed>
  Fixed fixed(std::string_view name) {
    const auto read = Fixed::from(octets(name));
    if (!read) wrong("`" + std::string(name) + "`");
    return read ? *read : Fixed{};
  }
  void wrong(const std::string& what) {
    if (!error_)
      error_ =
          schemas::error_of(schemas::code::config, path_ + ": " + what +
                                                       ": it is no subscription of this version; take the file away "
                                                       "to subscribe anew");
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::string path_;
  Lines lines_;
  std::optional<Error> error_;
};

}  // namespace

SubscriptionQuestion subscription_question(const Query& query) {
  return {query.application, query.dataset, query.purpose, query.agreement, query.fields};
}

std::string kept_subscription_path(const std::string& state_dir, const crypto::Suite& suite, const Query& query) {
  std::string question;
  for (const std::string& part :
       {query.dataset.text, query.application.text, query.purpose.text, query.agreement.text, joined(query.fields)})
    question += part + "\n";
  return state_dir + kFolder + "/" + to_hex(crypto::hash(suite, as_bytes(question)).view()).substr(0, 16);
}

Result<std::optional<KeptSubscription>> read_kept_subscription(const std::string& path) {
  TRY_ASSIGN(const bool there, store::exists(path));
  if (!there) return std::optional<KeptSubscription>();
  TRY_ASSIGN(const Bytes octets, store::read_secret_file(path, kFileBytesMax));
  Reader in(path, octets);
  if (in.text("version") != kVersion) in.wrong("its version is unknown");
  KeptSubscription kept;
  kept.question = {ApplicationId(in.text("application")), DatasetId(in.text("dataset")), PurposeId(in.text("purpose")),
                   AgreementId(in.text("asked_agreement")), parted(in.text("asked_fields"))};
  kept.id = in.fixed<ExchangeId>("subscription");
  kept.view = in.fixed<ExchangeId>("view");
  kept.agreement = AgreementId(in.text("agreement"));
  kept.entry = LogIndex(in.number("entry"));
  kept.start = LogIndex(in.number("start"));
  kept.fields = parted(in.text("fields"));
  kept.reply_key = crypto::SecretBytes(in.octets("reply_key"));
  kept.place.position = LogIndex(in.number("position"));
  kept.place.period = static_cast<std::uint32_t>(in.number("period"));
  if (kept.place.period != 0)
    kept.place.content_key = std::make_shared<const crypto::SecretBytes>(in.octets("content_key"));
  kept.place.previous = in.number("previous");
  kept.place.last_part = in.number("last_part");
  if (in.error()) return fail(*in.error());
  return std::optional<KeptSubscription>(std::move(kept));
}

Status write_kept_subscription(const std::string& path, const KeptSubscription& kept) {
  TRY(store::make_dir(store::parent_of(path), 0700));
  const ReadingPlace& place = kept.place;
  std::string text = std::string("version ") + kVersion + "\n";
  const auto put = [&text](const char* name, const std::string& value) {
    text += std::string(name) + " " + value + "\n";
  };
  put("application", kept.question.application.text);
  put("dataset", kept.question.dataset.text);
  put("purpose", kept.question.purpose.text);
  put("asked_agreement", kept.question.agreement.text);
  put("asked_fields", joined(kept.question.fields));
  put("subscription", to_hex(kept.id.view()));
  put("view", to_hex(kept.view.view()));
  put("agreement", kept.agreement.text);
  put("entry", std::to_string(kept.entry.value));
  put("start", std::to_string(kept.start.value));
  put("fields", joined(kept.fields));
  put("reply_key", to_hex(kept.reply_key.view()));
  put("position", std::to_string(place.position.value));
  put("period", std::to_string(place.period));
  if (place.period != 0) put("content_key", to_hex(place.content_key->view()));
  put("previous", std::to_string(place.previous));
  put("last_part", std::to_string(place.last_part));
  const Status written = store::write_file_durably(path, as_bytes(text), 0600);
  crypto::cleanse(text.data(), text.size());
  return written;
}

Status forget_kept_subscription(const std::string& path) {
  std::remove(path.c_str());
  return store::sync_dir(store::parent_of(path));
}

Result<std::vector<KeptSubscription>> kept_subscriptions(const std::string& state_dir) {
  std::vector<KeptSubscription> all;
  std::error_code failed;
  std::filesystem::directory_iterator entry(state_dir + kFolder, failed);
  if (failed == std::errc::no_such_file_or_directory) return all;
  for (; !failed && entry != std::filesystem::directory_iterator() && all.size() < kListedMax;
       entry.increment(failed)) {
    auto kept = read_kept_subscription(entry->path().string());
    if (kept && *kept) all.push_back(std::move(**kept));
  }
  if (failed) return fail(ErrorKind::kStop, state_dir + kFolder + ": " + failed.message(), schemas::code::store_failed);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.entry < b.entry; });
  return all;
}

}  // namespace steelyard::client
