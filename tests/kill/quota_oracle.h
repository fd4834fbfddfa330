// What quotas allow, reckoned from the log's entries and the owners' ledgers alone: what the product's counts are held
// to.
//
//   granted-beyond-quota      a request was granted more rows than its quotas left at its entry, or than its row cap
//   granted-below-quota       or fewer than the lesser of the two
//   refused-within-quota      refused for its quota, by the broker or by its owner's own count, where rows were left
//   answered-beyond-quota     an answer has more rows than were reserved, or an owner's ledger more than a day allows
//   quotas-lost               a broker that starts on this log counts otherwise
//
// The rule: a request reserves its grant's rows at its entry, its answer's entry settles them to the answer's rows, a
// close without one gives them back; they count on the day of the request. The city changes no limit
// that it signed, and its days are those of UTC+8.
// Owns: counts. Threads: one. Errors: what cannot be read.
#pragma once

#include "tests/kill/facts.h"

namespace steelyard::kill {

class QuotaOracle {
 public:
  QuotaOracle(const Log& log, const Ledgers& ledgers, Findings& findings)
      : log_(log), ledgers_(ledgers), findings_(findings) {}

  Status judge();

  std::size_t limited() const { return limited_; }  // requests that were granted rows of a quota
  std::size_t refused() const { return refused_; }  // for a quota, by broker and owners

 private:
  struct Limit {
    std::string subject;  // as broker and owners name it
    std::uint64_t rows = 0;
  };
  struct Reserved {
    std::int64_t day = 0;
    std::uint32_t rows = 0;
    std::vector<Limit> on;
  };
  using Used = std::map<std::pair<std::int64_t, std::string>, std::uint64_t>;  // rows, by day and subject

  std::vector<Limit> limits_on(const exchange::EntryBody& request) const;
  std::uint64_t left(const std::vector<Limit>& on, std::int64_t day, const Used& used) const;
  void judge_entry(LogIndex index);
  void judge_opening(LogIndex index, const exchange::EntryBody& body);
  void settle(LogIndex index, const exchange::EntryBody& body);
  void judge_owners();
  Status judge_recovery();

  const Log& log_;
  const Ledgers& ledgers_;
  Findings& findings_;
  Used used_;
  std::map<LogIndex, Reserved> reserved_;
  std::size_t limited_ = 0, refused_ = 0;
};

}  // namespace steelyard::kill
