// ApplicationTokens: which application shows a bearer token. The file holds hashes, never a token.
//
// look() reads the file anew where it has changed; one that cannot be read lets nobody in. Comparing takes the same
// time whatever is shown. Owns: the hashes. Threads: one. Errors: kFix, naming the file: missing, of another mode than
// 0600, not as docs/formats/http.md says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/time.h"

namespace steelyard::client {

struct ApplicationToken {
  ApplicationId application;
  Digest sha256;  // of the token's text
  std::optional<Instant> expires;
};

Result<std::vector<ApplicationToken>> parse_tokens(std::string_view text, const std::string& file_name);

// Adds a new token to the file, which is made where it is missing: the token's text, which stands nowhere else.
Result<std::string> add_token(const std::string& path, const ApplicationId& application,
                              const std::optional<Instant>& expires);

class ApplicationTokens {
 public:
  static Result<ApplicationTokens> open(const std::string& path);

  // Once a second at most; an error is told once for each state that the file is found in.
  Status look(Duration now);
  std::optional<ApplicationId> application_of(std::string_view token, Instant now) const;

 private:
  struct FileState {  // by which a change is noticed
    std::uint64_t inode = 0;
    std::int64_t size = -1;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;
    bool operator==(const FileState&) const = default;
  };
  explicit ApplicationTokens(std::string path) : path_(std::move(path)) {}
  FileState state() const;
  Status read();

  std::string path_;
  FileState seen_;
  std::optional<Duration> looked_;
  std::vector<ApplicationToken> tokens_;
};

}  // namespace steelyard::client
