#include "cli/verbs.h"
#include "core/base/version.h"

#if __has_include("cli/bench.h")
#include "cli/bench.h"
#define STEELYARD_HAS_BENCH
#endif

int main(int argc, char** argv) {
  using namespace steelyard::cli;
  return run_program(argc, argv, steelyard::kVersion, [](Command& root) {
    register_init(root);
    register_keys(root);
    register_member(root);
    register_application(root);
    register_duty(root);
    register_catalog(root);
    register_agreement(root);
    register_policy(root);
    register_sign(root);
    register_query(root);
    register_verify(root);
    register_subscribe(root);
    register_trace(root);
    register_receipt(root);
    register_log(root);
    register_witness(root);
    register_status(root);
#ifdef STEELYARD_HAS_BENCH
    register_bench(root);
#endif
  });
}
