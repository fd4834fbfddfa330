// How the programs' allocator gives memory back to the kernel; linked into each where mimalloc is.
//
// By itself mimalloc returns a freed page within 25 ms. What we free comes in rounds, a frame's messages at a time, and
// is taken again in the next: a fifth of a client's processor time went into pages that the kernel cleared anew. After
// two seconds a page is not needed. The environment (MIMALLOC_DECOMMIT_DELAY=...) still has the last word.
#include <mimalloc.h>

namespace {

constexpr long kMillisecondsKept = 2'000;

struct SlowToReturn {
  SlowToReturn() {
#if MI_MALLOC_VERSION >= 210
    mi_option_set_default(mi_option_purge_delay, kMillisecondsKept);
#else
    mi_option_set_default(mi_option_decommit_delay, kMillisecondsKept);
    mi_option_set_default(mi_option_segment_decommit_delay, kMillisecondsKept);
#endif
  }
} slow_to_return;

}  // namespace
