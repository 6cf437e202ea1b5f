#pragma once

namespace auralis::ipc {

// Gives the descriptors 0 to 2 a file where the caller left them closed (`2>&-`). Otherwise the
// next socket or record would be number 2, and every line of the log would go into it. What was
// closed stays an error to use: the file is /dev/null, open the wrong way round. Before anything
// else is opened; allocates nothing, throws nothing. [control]
void OccupyStandardStreams() noexcept;

}  // namespace auralis::ipc
