#include "core/client/application_tokens.h"

#include <sys/stat.h>

#include "core/base/limits.h"
#include "core/config/config.h"
#include "core/crypto/hash.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"
#include "core/store/durable_file.h"

namespace steelyard::client {
namespace {

constexpr std::string_view kPrefix = "steelyard_";  // by which whoever finds one lying about knows what it is
constexpr std::size_t kFileBytesMax = 256 * limits::kApplicationTokensMax;
constexpr unsigned kMode = 0600;
constexpr Duration kLookEvery = seconds(1);

Digest hash_of(std::string_view token) { return crypto::Hasher(crypto::HashId::kSha256).add(token).finish(); }

Result<ApplicationToken> read_token(const config::Table& table) {
  ApplicationToken token;
  TRY_ASSIGN(token.application, table.id<ApplicationId>("application"));
  TRY_ASSIGN(const std::string hex, table.text("sha256"));
  const auto octets = from_hex(hex);
  if (!octets) return fail(table.error("sha256", octets.error().what));
  const auto digest = Digest::from(*octets);
  if (!digest) return fail(table.error("sha256", "write the token's SHA-256, 64 hexadecimal digits"));
  token.sha256 = *digest;
  TRY_ASSIGN(token.expires, table.optional_instant("expires"));
  return token;
}

std::int64_t in_ns(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

}  // namespace

Result<std::vector<ApplicationToken>> parse_tokens(std::string_view text, const std::string& file_name) {
  TRY_ASSIGN(const config::Table file, config::parse(text, file_name));
  TRY_ASSIGN(const auto tables, file.tables("token"));
  if (tables.size() > limits::kApplicationTokensMax)
    return fail(ErrorKind::kFix, file_name + ": more than " + std::to_string(limits::kApplicationTokensMax) +
                                     " tokens: take out what has expired");
  std::vector<ApplicationToken> tokens;
  for (const config::Table& table : tables) {
    TRY_ASSIGN(ApplicationToken token, read_token(table));
    tokens.push_back(std::move(token));
  }
  TRY(file.finish());
  return tokens;
}

Result<std::string> add_token(const std::string& path, const ApplicationId& application,
                              const std::optional<Instant>& expires) {
  std::string text;
  TRY_ASSIGN(const bool there, store::exists(path));
  if (there) {
    TRY_ASSIGN(const Bytes octets, store::read_secret_file(path, kFileBytesMax));
    text = as_text(octets);
    if (!text.empty() && text.back() != '\n') text += '\n';
  }
  const std::string token = std::string(kPrefix) + to_hex(crypto::random<Digest>().view());
  text += std::string(text.empty() ? "" : "\n") + "[[token]]\napplication = \"" + application.text + "\"\nsha256 = \"" +
          to_hex(hash_of(token).view()) + "\"\n";
  if (expires) text += "expires = " + to_rfc3339(*expires) + "\n";
  TRY(parse_tokens(text, path));
  TRY(store::write_file_durably(path, as_bytes(text), kMode));
  return token;
}

Result<ApplicationTokens> ApplicationTokens::open(const std::string& path) {
  ApplicationTokens tokens(path);
  TRY(tokens.read());
  return tokens;
}

ApplicationTokens::FileState ApplicationTokens::state() const {
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0) return {};
  return {found.st_ino, found.st_size, in_ns(found.st_mtim), in_ns(found.st_ctim)};
}

Status ApplicationTokens::read() {
  seen_ = state();  // before it is read: a change in between is noticed at the next look
  tokens_.clear();
  TRY_ASSIGN(const Bytes octets, store::read_secret_file(path_, kFileBytesMax));
  TRY_ASSIGN(tokens_, parse_tokens(as_text(octets), path_));
  return {};
}

Status ApplicationTokens::look(Duration now) {
  if (looked_ && now < *looked_ + kLookEvery) return {};
  looked_ = now;
  if (state() == seen_) return {};
  return read();
}

std::optional<ApplicationId> ApplicationTokens::application_of(std::string_view token, Instant now) const {
  const Digest shown = hash_of(token);
  const ApplicationToken* found = nullptr;
  for (const ApplicationToken& each : tokens_)
    if (crypto::equal_constant_time(each.sha256.view(), shown.view())) found = &each;
  if (found == nullptr || (found->expires && now >= *found->expires)) return {};
  return found->application;
}

}  // namespace steelyard::client
