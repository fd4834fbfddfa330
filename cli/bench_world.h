// bench prepare: a city to measure: members with keys, datasets on in-memory sources, active agreements.
//
// Everything goes the ordinary way: statements signed by office keys, submitted over the bus, one by one recorded.
// Office keys are left in a folder of their own, offices/, for whoever plays an office later. Writes one folder for
// each member (identity.toml, adapter.toml, map files) and bench.json, which `bench run` and `bench events` read.
// Threads: one. Errors: what the broker refuses, naming the subject; files that are there already.
#pragma once

#include <string>
#include <vector>

#include "core/base/result.h"
#include "schemas/kinds.h"

namespace steelyard::cli {

struct BenchWorldOptions {
  std::string root_office;  // folder of the root manager's office
  std::string baseline;     // Cedar file of the baseline policy set
  std::string out;          // made; must not exist
  unsigned members = 4;
  unsigned consumers = 2;    // members 0 .. consumers-1 ask
  unsigned first_owner = 2;  // members first_owner .. members-1 own
  unsigned datasets = 250;   // of each owner
  unsigned agreements = 1'000;
  unsigned rows = 200;        // of each dataset
  unsigned rows_per_day = 0;  // times its number: the limit of every other dataset; 0: of none
  // What each agreement lets its user do.
  std::vector<schemas::Action> actions = {schemas::Action::kQuery};
};

Status bench_prepare(const BenchWorldOptions& options);

// The key of row `row` of a made-up dataset, as adapters/memory makes it.
std::string bench_key(unsigned row);

}  // namespace steelyard::cli
