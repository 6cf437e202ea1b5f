#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "ipc/codec.h"
#include "ipc/framing.h"

namespace auralis::test {

// A client that sends what it is told, sense or nonsense. Waits five seconds at most, then throws.
class RawClient {
 public:
  explicit RawClient(const std::filesystem::path& socket);
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  void Send(std::span<const std::uint8_t> bytes);  // nothing where the daemon has hung up
  // As much as fits; returns how much.
  std::size_t SendSome(std::span<const std::uint8_t> bytes);
  void FinishSending();
  // The next whole frame; nothing at the end of the connection.
  std::optional<ipc::Frame> Receive();
  ipc::DaemonMessage ReceiveMessage();  // throws at the end of the connection
  ipc::Error ReceiveError();            // throws where it is something else
  void Hello();                         // says it, and takes the reply

 private:
  bool ReceiveAll(std::span<std::uint8_t> bytes);

  int descriptor_;
};

// A frame with a member of the union that nobody knows.
ipc::Frame FrameFromTheFuture(std::uint32_t id);

std::size_t OpenDescriptors();
// Of this process, as the kernel counts what is in memory.
std::size_t ResidentBytes();

}  // namespace auralis::test
