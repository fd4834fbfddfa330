#include "core/base/version.h"

namespace steelyard {

const char* const kVersion = STEELYARD_VERSION;

}  // namespace steelyard
