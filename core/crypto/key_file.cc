#include "core/crypto/key_file.h"

#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/os_reason.h"

namespace steelyard::crypto {
namespace {

constexpr std::string_view kHead = "steelyard-key:v1:";
constexpr std::size_t kFileBytesMax = 256;  // the longest line has 75 octets

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

tl::unexpected<Error> io_error(const std::string& doing, const std::string& path, int error) {
  return fail(ErrorKind::kFix, doing + " key file `" + path + "`: " + os_reason(error));
}

Status write_all(int to, ByteView octets) {
  while (!octets.empty()) {
    const ssize_t n = ::write(to, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return fail(ErrorKind::kFix, os_reason(n < 0 ? errno : EIO));
    octets = octets.subspan(static_cast<std::size_t>(n));
  }
  return {};
}

Status sync_directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::fsync(opened.get()) != 0) return io_error("syncing the directory of", path, errno);
  return {};
}

Result<SecretBytes> read_private_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (file.get() < 0 && errno == ELOOP)
    return fail(ErrorKind::kFix, "key file `" + path + "` is a symbolic link: name the file itself");
  if (file.get() < 0) return io_error("opening", path, errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return io_error("examining", path, errno);
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::kFix, "key file `" + path + "` is not a regular file");
  if ((info.st_mode & 077) != 0)
    return fail(ErrorKind::kFix, "key file `" + path + "` is open to group or others: run `chmod 600` on it, and " +
                                     "replace the key if anyone may have read it");
  SecretBytes octets(kFileBytesMax);
  std::size_t size = 0;
  while (size < octets.size()) {
    const ssize_t n = ::read(file.get(), octets.data() + size, octets.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return io_error("reading", path, errno);
    if (n == 0) break;
    size += static_cast<std::size_t>(n);
  }
  return SecretBytes(octets.view().first(size));
}

Result<PrivateKey> parse(std::string_view text, const std::string& path) {
  const auto wrong = [&](const std::string& why) {
    return fail(ErrorKind::kFix, path + ":1: not a key file: " + why);
  };
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (!text.starts_with(kHead)) return wrong("expected `steelyard-key:v1:<algorithm>:<base64>`");
  text.remove_prefix(kHead.size());
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return wrong("expected `steelyard-key:v1:<algorithm>:<base64>`");
  const auto algorithm = algorithm_of(text.substr(0, colon));
  if (!algorithm) return wrong(algorithm.error().what);
  auto decoded = from_base64(text.substr(colon + 1));
  if (!decoded) return wrong("the key is not in base64");
  SecretBytes octets(std::move(*decoded));
  if (octets.size() != 32) return wrong("the key has " + std::to_string(octets.size()) + " octets instead of 32");
  return PrivateKey{*algorithm, std::move(octets)};
}

std::string where(const std::string& path) { return "key file `" + path + "`"; }

}  // namespace

Status write_key_file(const std::string& path, Algorithm algorithm, ByteView private_octets) {
  std::string line(kHead);
  line.reserve(kFileBytesMax);  // so that growing leaves no copies behind
  std::string encoded = to_base64(private_octets);
  line.append(name_of(algorithm)).append(":").append(encoded).append("\n");
  cleanse(encoded.data(), encoded.size());

  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  const int error = errno;
  Status done;
  if (file.get() < 0)
    done = error == EEXIST ? Status(fail(ErrorKind::kFix, where(path) + " exists already: keys are never overwritten"))
                           : Status(io_error("creating", path, error));
  else if (::fchmod(file.get(), 0600) != 0)
    done = io_error("protecting", path, errno);
  else if (auto written = write_all(file.get(), as_bytes(line)); !written)
    done = fail(std::move(written).error().in("writing " + where(path)));
  else if (::fsync(file.get()) != 0)
    done = io_error("syncing", path, errno);
  cleanse(line.data(), line.size());
  if (!done) {
    if (file.get() >= 0) ::unlink(path.c_str());
    return done;
  }
  return sync_directory_of(path);
}

Status write_key_file(const std::string& path, const SigningKey& key) {
  return write_key_file(path, key.public_key().algorithm, key.private_octets().view());
}
Status write_key_file(const std::string& path, const OpeningKey& key) {
  return write_key_file(path, key.public_key().algorithm, key.private_octets().view());
}
Status write_key_file(const std::string& path, const CurveKey& key) {
  return write_key_file(path, Algorithm::kCurve, key.secret());
}

Result<PrivateKey> read_key_file(const std::string& path) {
  TRY_ASSIGN(const SecretBytes octets, read_private_file(path));
  return parse(as_text(octets.view()), path);
}

Result<SigningKey> read_signing_key(const std::string& path) {
  TRY_ASSIGN(const auto key, read_key_file(path));
  auto made = SigningKey::from_private(key.algorithm, key.octets.view());
  if (!made) return fail(std::move(made).error().in(where(path)));
  return made;
}

Result<OpeningKey> read_opening_key(const std::string& path) {
  TRY_ASSIGN(const auto key, read_key_file(path));
  auto made = OpeningKey::from_private(key.algorithm, key.octets.view());
  if (!made) return fail(std::move(made).error().in(where(path)));
  return made;
}

Result<CurveKey> read_curve_key(const std::string& path) {
  TRY_ASSIGN(const auto key, read_key_file(path));
  if (key.algorithm != Algorithm::kCurve)
    return fail(ErrorKind::kFix, where(path) + " holds a key of algorithm " + std::string(name_of(key.algorithm)) +
                                     ", expected a transport key (curve)");
  return CurveKey::from_private(key.octets.view());
}

}  // namespace steelyard::crypto
