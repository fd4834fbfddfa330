#include "cli/bench_plan.h"

#include <gtest/gtest.h>

#include "core/base/test_dir.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

const std::string kGood = R"({"homes": ["a", "b"], "consumers": 1, "first_owner": 1, "rows": 200,)"
                          R"( "agreements": [{"user": 0, "dataset": "b/d", "agreement": "a00000", "rank": 3}]})";

Result<BenchPlan> plan_of(const std::string& text) {
  const TestDir dir;
  EXPECT_TRUE(store::write_file_durably(dir / "bench.json", as_bytes(text), 0644));
  return read_bench_plan(dir.path());
}

TEST(BenchPlan, IsReadAsItWasWritten) {
  const auto plan = plan_of(kGood);
  ASSERT_TRUE(plan) << plan.error().what;
  EXPECT_EQ(plan->homes, std::vector<std::string>{"a"});
  ASSERT_EQ(plan->choices.size(), 1U);
  EXPECT_EQ(plan->choices[0].at(0).dataset, DatasetId("b/d"));
  EXPECT_EQ(plan->choices[0].at(0).rank, 3);
  EXPECT_EQ(plan->rows, 200U);
}

TEST(BenchPlan, NumbersThatNothingCanBeDrawnFromAreRefused) {
  for (const auto& [was, is] : {std::pair{"\"rows\": 200", "\"rows\": 0"},
                                {"\"rows\": 200", "\"rows\": 4294967296"},
                                {"\"consumers\": 1", "\"consumers\": 0"},
                                {"\"consumers\": 1", "\"consumers\": 3"},
                                {"[\"a\", \"b\"]", "[]"},
                                {"\"rank\": 3", "\"rank\": 9223372036854775807"},
                                {"\"user\": 0", "\"user\": 1"},
                                {"\"b/d\"", "\"b\""}}) {
    std::string text = kGood;
    text.replace(text.find(was), std::string(was).size(), is);
    const auto plan = plan_of(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_NE(plan.error().what.find("/bench.json: "), std::string::npos) << plan.error().what;
  }
}

}  // namespace
}  // namespace steelyard::cli
