#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace auralis {

// libjack is PipeWire's, not jackd's. [any]
bool IsPipeWiresJack();

// A JACK client without ports and without a callback in the graph: it hears of ports that come and
// go, of MIDI ports that are connected, and of the server's end. For one thread at a time.
class JackWatch {
 public:
  // Called on a thread of libjack's; they may only post.
  struct Events {
    std::function<void()> ports;      // came or went
    std::function<void()> connected;  // a MIDI port to another
    std::function<void()> gone;       // the server
  };

  // Nothing where no server runs; none is started, nothing is printed. Blocks as long as a server
  // does not answer.
  static std::unique_ptr<JackWatch> Open(Events events);
  ~JackWatch();
  JackWatch(const JackWatch&) = delete;
  JackWatch& operator=(const JackWatch&) = delete;

  // Whether a client can be opened now. Where not, libjack 1.9 has freed, in finding that out, all
  // clients that this process had at a server that died: they must not even be closed, see
  // Abandon().
  static bool CanOpen();
  // libjack has freed the client.
  static void Abandon(std::unique_ptr<JackWatch> watch);

  // Full names of MIDI ports of other clients that give, or take, messages.
  std::vector<std::string> Sources() const;
  std::vector<std::string> Sinks() const;
  // Names of ports that left since the last time; another of the same name may be there again.
  std::vector<std::string> TakeLeft();
  // Grows with every cycle that the server runs.
  std::uint32_t CycleTime() const;

 private:
  struct State;
  explicit JackWatch(std::unique_ptr<State> state);
  std::vector<std::string> Ports(unsigned long flags) const;

  std::unique_ptr<State> state_;
};

}  // namespace auralis
