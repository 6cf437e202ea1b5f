#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "ipc/framing.h"
#include "ipc/messages.h"

namespace auralis::ipc {

// Plain structs to frames and back. The only place that knows the generated code; nothing is read
// before FlatBuffers' verifier has passed the whole frame. [any] throughout; no shared state.

// A request over one of these is refused as too large.
inline constexpr std::size_t kMaxItems = 1024;     // keys, assignments, streams
inline constexpr std::size_t kMaxTextBytes = 128;  // a key, a glob, a value, a name
inline constexpr std::size_t kMaxPathBytes = 4096;

struct RequestMessage {
  std::uint32_t id = 0;
  std::variant<Error, Request> body;  // an error where there is nothing to carry out
};

// What a newer daemon may send and this client does not know.
struct UnknownMessage {};
struct DaemonMessage {
  std::uint32_t id = 0;
  std::variant<UnknownMessage, Reply, Event> body;
};

Frame Encode(std::uint32_t id, const Request& request);
Frame Encode(std::uint32_t id, const Reply& reply);
Frame Encode(const Event& event);

// Never throws on bad bytes: they are an answer, an Error.
RequestMessage DecodeRequest(std::span<const std::uint8_t> frame);
// Throws IpcError where the frame is not a valid message.
DaemonMessage DecodeDaemonMessage(std::span<const std::uint8_t> frame);

}  // namespace auralis::ipc
