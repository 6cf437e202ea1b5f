#pragma once
// A frame: a 32-bit little-endian length of what follows, then one FlatBuffer. The two together are
// what FlatBuffers calls a size-prefixed buffer.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace auralis::ipc {

using Frame = std::vector<std::uint8_t>;  // with its prefix

inline constexpr std::size_t kPrefixBytes = 4;
// What the prefix may say, by direction.
inline constexpr std::size_t kMaxRequestBytes = std::size_t{256} << 10U;
inline constexpr std::size_t kMaxReplyBytes = std::size_t{1} << 20U;

constexpr std::size_t PayloadBytes(std::span<const std::uint8_t, kPrefixBytes> prefix) noexcept {
  return std::size_t{prefix[0]} | std::size_t{prefix[1]} << 8U | std::size_t{prefix[2]} << 16U |
         std::size_t{prefix[3]} << 24U;
}

}  // namespace auralis::ipc
