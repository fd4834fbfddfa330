// This thread's manager of intel-ipsec-mb (docs/decisions/0011): its functions for this processor, and room for digests
// under way. For the sources of this folder only.
//
// Where STEELYARD_MULTI_BUFFER is not defined there is no such library. Owns: nothing; the manager lives as long as the
// thread. Threads: each has its own. Errors: null where the library finds nothing on this processor that it could use.
#pragma once

#ifdef STEELYARD_MULTI_BUFFER
#include <intel-ipsec-mb.h>

namespace steelyard::crypto {

IMB_MGR* multi_buffer();

}  // namespace steelyard::crypto
#endif
