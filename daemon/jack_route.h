#pragma once

#include <memory>
#include <string>

namespace auralis {

// On a bare JACK server, what a sink and a session manager are on PipeWire: a client "Auralis"
// whose ports playback_1 and playback_2 programs connect to and whose monitor_1 and monitor_2 give
// the same in the same cycle, and somebody who makes the links of `client` again when what they
// lead to was away. For one thread at a time.
class JackRoute {
 public:
  static constexpr char kSink[] = "Auralis";

  // Without `makes_sink` it only keeps links. Nothing where no server runs, or the library is
  // PipeWire's, whose server may come back later than the library is asked; none is started. Blocks
  // as long as a server does not answer.
  static std::unique_ptr<JackRoute> Open(const std::string& client, bool makes_sink);
  ~JackRoute();
  JackRoute(const JackRoute&) = delete;
  JackRoute& operator=(const JackRoute&) = delete;

  // Those that the client has now are to be kept.
  void Learn();
  // Makes what is missing, if something changed since the last time.
  void Keep();

 private:
  struct State;
  explicit JackRoute(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace auralis
