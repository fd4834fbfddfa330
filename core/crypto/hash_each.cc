#include <algorithm>

#include "core/base/check.h"
#include "core/crypto/hash.h"
#include "core/crypto/multi_buffer.h"

namespace steelyard::crypto {
namespace {

void hash_one_by_one(const Suite& suite, std::span<const ByteView> inputs, std::span<Digest> digests) {
  for (std::size_t i = 0; i < inputs.size(); ++i) digests[i] = hash(suite, inputs[i]);
}

#ifdef STEELYARD_MULTI_BUFFER

constexpr std::size_t kWorthALane = 128;  // octets: below, one at a time is as fast

std::size_t count_completed(IMB_MGR* manager, const IMB_JOB* job) {
  std::size_t count = 0;
  for (; job != nullptr; job = IMB_GET_COMPLETED_JOB(manager)) {
    CHECK(job->status == IMB_STATUS_COMPLETED);
    ++count;
  }
  return count;
}

void hash_in_lanes(IMB_MGR* manager, std::span<const ByteView> inputs, std::span<Digest> digests) {
  std::size_t submitted = 0, completed = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].size() < kWorthALane) {
      digests[i] = Hasher(HashId::kSha256).add(inputs[i]).finish();
      continue;
    }
    IMB_JOB* job = IMB_GET_NEXT_JOB(manager);
    job->cipher_mode = IMB_CIPHER_NULL;
    job->cipher_direction = IMB_DIR_ENCRYPT;
    job->chain_order = IMB_ORDER_HASH_CIPHER;
    job->hash_alg = IMB_AUTH_SHA_256;
    job->src = inputs[i].data();
    job->hash_start_src_offset_in_bytes = 0;
    job->msg_len_to_hash_in_bytes = inputs[i].size();
    job->auth_tag_output = digests[i].octets.data();
    job->auth_tag_output_len_in_bytes = Digest::kSize;
    ++submitted;
    completed += count_completed(manager, IMB_SUBMIT_JOB_NOCHECK(manager));
  }
  while (const IMB_JOB* job = IMB_FLUSH_JOB(manager)) completed += count_completed(manager, job);
  CHECK(completed == submitted);
}

#endif

}  // namespace

void hash_each(const Suite& suite, std::span<const ByteView> inputs, std::span<Digest> digests) {
  CHECK(inputs.size() == digests.size());
#ifdef STEELYARD_MULTI_BUFFER
  if (IMB_MGR* manager = suite.hash == HashId::kSha256 ? multi_buffer() : nullptr; manager != nullptr)
    return hash_in_lanes(manager, inputs, digests);
#endif
  hash_one_by_one(suite, inputs, digests);
}

}  // namespace steelyard::crypto
