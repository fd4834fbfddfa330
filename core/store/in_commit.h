// InCommit: while it lives, a test may kill this process between the two steps of LMDB's commit.
//
// LMDB writes the data pages and calls fdatasync(); then it writes the meta page, which makes them count, through a
// descriptor that syncs each write. In builds with STEELYARD_TEST_HOOKS the program's own fdatasync() comes before the
// C library's, calls that, and then passes the fail point that the thread's InCommit names; so the process dies with
// the whole commit on disk and nothing of it in force.
// Threads: each has its own.
#pragma once

#ifdef STEELYARD_TEST_HOOKS

namespace steelyard::store {

class InCommit {
 public:
  explicit InCommit(const char* fail_point);  // that outlives it
  ~InCommit();
  InCommit(const InCommit&) = delete;
  InCommit& operator=(const InCommit&) = delete;
};

}  // namespace steelyard::store

#endif
