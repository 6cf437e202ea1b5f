#include "ipc/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace auralis::ipc {

void OccupyStandardStreams() noexcept {
  constexpr std::array<int, 3> kModes = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) >= 0) continue;
    // The lowest free number is this one.
    static_cast<void>(open("/dev/null", kModes[static_cast<std::size_t>(descriptor)]));
  }
}

}  // namespace auralis::ipc
