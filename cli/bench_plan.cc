#include "cli/bench_plan.h"

#include <utility>

#include "core/json/json.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr std::size_t kPlanBytesMax = 16 * 1024 * 1024;
constexpr std::int64_t kNumberMax = 1'000'000'000;  // of rows, and for a rank

tl::unexpected<Error> wrong(const std::string& what) {
  return fail(schemas::error_of(schemas::code::usage, what + ": not what bench prepare writes"));
}

Result<std::int64_t> number_at(const json::Value& value, std::string_view key, std::int64_t least, std::int64_t most) {
  TRY_ASSIGN(const std::int64_t number, value.integer_at(key));
  if (number < least || number > most)
    return wrong("`" + std::string(key) + "` is not between " + std::to_string(least) + " and " + std::to_string(most));
  return number;
}

Status read_homes(const json::Value& value, BenchPlan& plan) {
  TRY_ASSIGN(const json::Array* homes, value.array_at("homes"));
  if (homes->empty()) return wrong("`homes` is empty");
  TRY_ASSIGN(const std::int64_t consumers, number_at(value, "consumers", 1, static_cast<std::int64_t>(homes->size())));
  for (std::size_t i = 0; i < static_cast<std::size_t>(consumers); ++i) {
    TRY_ASSIGN(const auto home, (*homes)[i].as_string());
    plan.homes.emplace_back(home);
  }
  plan.choices.resize(plan.homes.size());
  return {};
}

Status read_agreement(const json::Value& value, BenchPlan& plan) {
  TRY_ASSIGN(const std::int64_t user, number_at(value, "user", 0, static_cast<std::int64_t>(plan.homes.size()) - 1));
  BenchChoice choice;
  TRY_ASSIGN(choice.dataset.text, value.string_at("dataset"));
  TRY(check_dataset_id(choice.dataset.text));
  TRY_ASSIGN(choice.agreement.text, value.string_at("agreement"));
  TRY(check_name(choice.agreement.text));
  TRY_ASSIGN(choice.rank, number_at(value, "rank", 0, kNumberMax));
  plan.choices[static_cast<std::size_t>(user)].push_back(std::move(choice));
  return {};
}

Result<BenchPlan> plan_from(const json::Value& value) {
  BenchPlan plan;
  TRY_ASSIGN(const std::int64_t rows, number_at(value, "rows", 1, kNumberMax));
  plan.rows = static_cast<unsigned>(rows);
  TRY(read_homes(value, plan));
  TRY_ASSIGN(const json::Array* agreements, value.array_at("agreements"));
  for (const json::Value& one : *agreements) TRY(read_agreement(one, plan));
  for (std::size_t i = 0; i < plan.homes.size(); ++i)
    if (plan.choices[i].empty()) return wrong(plan.homes[i] + " has no agreement to ask under");
  return plan;
}

}  // namespace

Result<BenchPlan> read_bench_plan(const std::string& dir) {
  const std::string path = dir + "/bench.json";
  TRY_ASSIGN(const Bytes text, store::read_file(path, kPlanBytesMax));
  auto parsed = json::parse(as_text(text));
  if (!parsed) return fail(std::move(parsed.error()).in(path));
  auto plan = plan_from(*parsed);
  if (!plan) return fail(std::move(plan.error()).in(path));
  return plan;
}

}  // namespace steelyard::cli
