#include "core/crypto/multi_buffer.h"

#ifdef STEELYARD_MULTI_BUFFER
#include <memory>

namespace steelyard::crypto {
namespace {

struct FreeManager {
  void operator()(IMB_MGR* manager) const { free_mb_mgr(manager); }
};

}  // namespace

IMB_MGR* multi_buffer() {
  thread_local const std::unique_ptr<IMB_MGR, FreeManager> manager = [] {
    std::unique_ptr<IMB_MGR, FreeManager> made(alloc_mb_mgr(0));
    if (made != nullptr) init_mb_mgr_auto(made.get(), nullptr);
    if (made != nullptr && imb_get_errno(made.get()) != 0) made.reset();
    return made;
  }();
  return manager.get();
}

}  // namespace steelyard::crypto
#endif
