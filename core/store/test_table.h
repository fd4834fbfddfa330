// An empty store with one table, in a folder of its own. For tests.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "core/base/test_dir.h"
#include "core/store/env.h"

namespace steelyard::store {

class TableTest : public testing::Test {
 protected:
  void SetUp() override {
    EnvOptions options;
    options.map_bytes = 256 << 20;
    env_ = *Env::open(dir_ / "s", options);
    table_ = *env_->open_table("t");
  }

  TestDir dir_;
  std::unique_ptr<Env> env_;
  Table table_;
};

}  // namespace steelyard::store
