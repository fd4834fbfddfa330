#include "core/crypto/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>

#include "core/base/check.h"

namespace steelyard::crypto {
namespace {

// How many forks lie between the first process and this one. Asking the kernel for our id would cost as much as the
// octets do.
std::atomic<unsigned> forks{0};

// OpenSSL's generator takes about a microsecond whatever is asked of it, and an exchange asks for a dozen salts: they
// come from a store of this thread, each octet once, and the store forgets what it has handed out.
class Store {
 public:
  Store() {
    static const bool counting = pthread_atfork(nullptr, nullptr, [] { ++forks; }) == 0;
    CHECK(counting);
  }
  ~Store() { OPENSSL_cleanse(octets_.data(), octets_.size()); }

  void take(std::span<std::uint8_t> to) {
    const unsigned now = forks.load(std::memory_order_relaxed);
    if (octets_.size() - used_ < to.size() || now != process_) {  // a child must not hand out what its parent does
      CHECK(RAND_bytes(octets_.data(), static_cast<int>(octets_.size())) == 1);
      used_ = 0;
      process_ = now;
    }
    std::copy_n(octets_.begin() + static_cast<std::ptrdiff_t>(used_), to.size(), to.begin());
    OPENSSL_cleanse(octets_.data() + used_, to.size());
    used_ += to.size();
  }

 private:
  std::array<std::uint8_t, 1024> octets_{};
  std::size_t used_ = octets_.size();
  unsigned process_ = 0;
};

constexpr std::size_t kFromStoreMax = 32;  // salts and ids; keys are longer or rare

}  // namespace

void random_bytes(std::span<std::uint8_t> to) {
  CHECK(to.size() <= INT_MAX);
  if (to.size() > kFromStoreMax) {
    CHECK(RAND_bytes(to.data(), static_cast<int>(to.size())) == 1);
    return;
  }
  thread_local Store store;
  store.take(to);
}

ExchangeId make_exchange_id(Instant now) {
  CHECK(now.us >= 0);
  ExchangeId id;
  random_bytes(id.octets);
  const auto ms = static_cast<std::uint64_t>(now.us / 1'000);
  for (int i = 0; i < 6; ++i) id.octets[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  id.octets[6] = static_cast<std::uint8_t>(0x70 | (id.octets[6] & 0x0F));
  id.octets[8] = static_cast<std::uint8_t>(0x80 | (id.octets[8] & 0x3F));
  return id;
}

Instant time_of(const ExchangeId& id) {
  std::int64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | id.octets[i];
  return {ms * 1'000};
}

bool is_uuid7(const ExchangeId& id) { return (id.octets[6] >> 4) == 7 && (id.octets[8] >> 6) == 2; }

}  // namespace steelyard::crypto
