#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace auralis {

// Bytes that a port gave: one message, or a part of a longer one.
struct MidiBytes {
  std::uint32_t port = 0;  // as Open() named it
  std::uint8_t size = 0;
  std::array<std::uint8_t, 11> bytes{};
};

// The MIDI ports of this machine: ALSA's where there is a sequencer, else JACK's (or PipeWire's)
// where a server runs, else none. Everything that may wait for a server waits on a thread of its
// own: no call below blocks, and a server that hangs hangs nothing else. [control] throughout.
class MidiPorts {
 public:
  static constexpr std::uint32_t kVirtual = 0;  // the port to connect to, "Auralis"
  static constexpr std::size_t kQueueCapacity = 8192;

  struct Listing {
    std::string api;                  // "ALSA", "JACK", or "" for none
    std::uint64_t server = 0;         // another number: another server, to which nothing is open
    std::vector<std::string> inputs;  // full names, without our own and the system's loops
    std::vector<std::string> outputs;
    std::vector<std::string> left;  // that were away for a moment at least: they are not connected
  };
  // Called on other threads; they may only post.
  struct Events {
    std::function<void(Listing)> listed;
    std::function<void()> changed;    // ports came or went, or the server did: List() says more
    std::function<void()> connected;  // what is sent reaches somebody whom it did not reach
    std::function<void()> heard;      // [midi] Drain() has something
  };

  explicit MidiPorts(Events events);
  // As Close().
  ~MidiPorts();
  MidiPorts(const MidiPorts&) = delete;
  MidiPorts& operator=(const MidiPorts&) = delete;

  // Looks for an API where there is none yet, and tells `listed`.
  void List();
  // Connects to the ports of these full names; "" for none. kVirtual gives and takes to whoever
  // connects to it; its names say only whether.
  void Open(std::uint32_t port, const std::string& input, const std::string& output);
  void Close(std::uint32_t port);
  // Whole messages, in order. Lost where the server does not fetch them.
  void Send(std::uint32_t port, std::vector<std::vector<std::uint8_t>> messages);

  // Calls `take` for all that waits.
  void Drain(const std::function<void(const MidiBytes&)>& take);
  // Messages that came while the queue was full.
  std::uint64_t lost() const;

  // Lets go of everything; what hangs is left to itself. Again is harmless.
  void Close();

 private:
  struct Shared;
  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace auralis
