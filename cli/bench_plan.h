// BenchPlan: who asks for what in bench run: what bench prepare wrote to bench.json.
//
// Owns: plain values. Threads: any. Errors: kFix, naming the file and what is wrong in it.
#pragma once

#include <string>
#include <vector>

#include "core/base/ids.h"

namespace steelyard::cli {

struct BenchChoice {
  DatasetId dataset;
  AgreementId agreement;
  std::int64_t rank = 0;  // of the dataset, by how often it is asked for: the same for every consumer
};

struct BenchPlan {
  std::vector<std::string> homes;                 // of the consumers; at least one
  std::vector<std::vector<BenchChoice>> choices;  // by consumer, none without any
  unsigned rows = 1;                              // of each dataset; at least one
};

Result<BenchPlan> read_bench_plan(const std::string& dir);

}  // namespace steelyard::cli
