// What a transaction and its cursors share; stays in place while the transaction moves. Private to this folder.
#pragma once

#include <atomic>
#include <memory>

#include "core/store/lmdb_wall.h"
#include "core/store/txn.h"

namespace steelyard::store {

struct Txn::State {
  Env* env = nullptr;
  MDB_txn* txn = nullptr;  // null once it has ended
  bool active = true;      // false between reset() and renew()
  int cursors = 0;
  std::shared_ptr<std::atomic<int>> env_txns;  // how many the Env has open
};

}  // namespace steelyard::store
