// Appends the broker's own entries to a log that no broker serves, up to a size: so that a test need not wait for a
// million exchanges. What makes entries, commits them and the tree is the product's own code; a broker that is started
// then signs, serves and has cosigned what it finds.
//
//   steelyard-grow STORE SIZE
#include <cstdio>
#include <cstdlib>

#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "core/provenance/log_store.h"

namespace {

using namespace steelyard;

provenance::EntryRecord own_entry(const provenance::LogStore& log, LogIndex index, Epoch epoch, Instant time) {
  provenance::EntryRecord entry;
  entry.index = index;
  entry.body.kind = schemas::EntryKind::kRejections;
  entry.body.epoch = epoch;
  entry.body.time = time;
  entry.body.count = 1;
  entry.salt = crypto::random<Salt>();
  entry.commitment = exchange::entry_commitment(log.suite(), entry.salt, exchange::encode(entry.body));
  return entry;
}

Status grow(const char* dir, std::uint64_t size) {
  store::EnvOptions options;
  options.create = false;
  TRY_ASSIGN(const auto log, provenance::LogStore::open(dir, options));
  TRY_ASSIGN(const provenance::Recovered recovered, log->recover());
  if (recovered.statements.empty() || size < log->size())
    return fail(ErrorKind::kFix, "the log has " + std::to_string(log->size()) + " entries already, or no genesis");
  for (std::uint64_t number = 1; log->size() < size; ++number) {
    provenance::Batch batch;
    batch.number = number;
    batch.first = LogIndex(log->size());
    for (std::uint64_t at = log->size(); at < size && batch.entries.size() < limits::kCommitRecordsMax; ++at)
      batch.entries.push_back(own_entry(*log, LogIndex(at), recovered.statements.back().index, recovered.last_time));
    TRY(log->commit(batch));
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: steelyard-grow STORE SIZE\n");
    return 2;
  }
  const auto grown = grow(argv[1], std::strtoull(argv[2], nullptr, 10));
  if (grown) return 0;
  std::fprintf(stderr, "steelyard-grow: %s\n", grown.error().what.c_str());
  return 1;
}
