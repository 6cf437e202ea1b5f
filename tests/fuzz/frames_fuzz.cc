// Whatever arrives at the daemon's socket, or at a client's: a message or an error.

#include <cstddef>
#include <cstdint>
#include <span>

#include "ipc/codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::uint8_t> frame(data, size);
  auralis::ipc::DecodeRequest(frame);
  try {
    auralis::ipc::DecodeDaemonMessage(frame);
  } catch (const auralis::ipc::IpcError&) {  // not a message: that is an answer
  }
  return 0;
}
