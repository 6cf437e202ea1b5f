#include "tests/ipc/support/raw_client.h"

#include <flatbuffers/flatbuffers.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace auralis::test {
namespace {

constexpr int kTimeoutMs = 5000;

void Await(int descriptor, short events) {
  pollfd poller{descriptor, events, 0};
  if (poll(&poller, 1, kTimeoutMs) <= 0) throw std::runtime_error("the daemon did nothing for 5 s");
}

}  // namespace

RawClient::RawClient(const std::filesystem::path& socket)
    : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket.c_str(), sizeof(address.sun_path) - 1);
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(descriptor_);
    throw std::runtime_error("cannot connect to " + socket.string());
  }
}

RawClient::~RawClient() { close(descriptor_); }

void RawClient::Send(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    Await(descriptor_, POLLOUT);
    const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) continue;
    if (sent < 0) return;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
}

std::size_t RawClient::SendSome(std::span<const std::uint8_t> bytes) {
  const ssize_t sent = send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

void RawClient::FinishSending() { shutdown(descriptor_, SHUT_WR); }

bool RawClient::ReceiveAll(std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    Await(descriptor_, POLLIN);
    const ssize_t got = recv(descriptor_, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

std::optional<ipc::Frame> RawClient::Receive() {
  ipc::Frame frame(ipc::kPrefixBytes);
  if (!ReceiveAll(frame)) return std::nullopt;
  const std::size_t payload = ipc::PayloadBytes(std::span(frame).first<ipc::kPrefixBytes>());
  if (payload > ipc::kMaxReplyBytes) throw std::runtime_error("the daemon's frame is too large");
  frame.resize(ipc::kPrefixBytes + payload);
  if (!ReceiveAll(std::span(frame).subspan(ipc::kPrefixBytes))) return std::nullopt;
  return frame;
}

ipc::DaemonMessage RawClient::ReceiveMessage() {
  const auto frame = Receive();
  if (!frame) throw std::runtime_error("the connection ended");
  return ipc::DecodeDaemonMessage(*frame);
}

ipc::Error RawClient::ReceiveError() {
  const ipc::DaemonMessage message = ReceiveMessage();
  return std::get<ipc::Error>(std::get<ipc::Reply>(message.body));
}

void RawClient::Hello() {
  Send(ipc::Encode(1, ipc::Request(ipc::Hello{ipc::kProtocolVersion, "raw"})));
  const ipc::DaemonMessage message = ReceiveMessage();
  static_cast<void>(std::get<ipc::Welcome>(std::get<ipc::Reply>(message.body)));
}

ipc::Frame FrameFromTheFuture(std::uint32_t id) {
  // Slots of Envelope: id, body_type, body.
  constexpr flatbuffers::voffset_t kId = 4;
  constexpr flatbuffers::voffset_t kBodyType = 6;
  constexpr flatbuffers::voffset_t kBody = 8;
  flatbuffers::FlatBufferBuilder builder;
  const auto body = builder.CreateString("what it holds, nobody here can tell");
  const auto start = builder.StartTable();
  builder.AddElement<std::uint32_t>(kId, id, 0);
  builder.AddOffset(kBody, body);
  builder.AddElement<std::uint8_t>(kBodyType, 200, 0);
  const flatbuffers::Offset<flatbuffers::Table> table(builder.EndTable(start));
  builder.FinishSizePrefixed(table, "AURL");
  return ipc::Frame(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
}

std::size_t ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total_pages = 0;
  std::size_t resident_pages = 0;
  file >> total_pages >> resident_pages;
  return resident_pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t OpenDescriptors() {
  const std::filesystem::directory_iterator entries("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(entries), end(entries)));
}

}  // namespace auralis::test
