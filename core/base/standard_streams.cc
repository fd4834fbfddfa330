#include "core/base/standard_streams.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

namespace steelyard {

void hold_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    // The lowest free number is this one, since those below are open by now.
    const int held = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (held > STDERR_FILENO) ::close(held);
  }
  ::signal(SIGPIPE, SIG_IGN);
}

}  // namespace steelyard
