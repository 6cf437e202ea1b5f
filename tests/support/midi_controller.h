#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace auralis::test {

// A MIDI controller on a JACK server: client NAME with the ports midi_out and midi_in, in a process
// of its own, which loads the libjack that `environment` leads to.
class MidiController {
 public:
  // Plugged in on return. Throws std::runtime_error.
  MidiController(const Environment& environment, const std::string& name);
  // Unplugged.
  ~MidiController();
  MidiController(const MidiController&) = delete;
  MidiController& operator=(const MidiController&) = delete;

  // One event; when the server's cycle took it, on the steady clock.
  std::int64_t Send(const std::vector<int>& bytes);
  // Values 0 to 127 again and again, as controller `number` on channel 1.
  std::int64_t Sweep(int number, std::size_t count, double per_second);
  // All that came so far, "b0 10 40" each.
  std::vector<std::string> Heard() const;
  void ForgetHeard() { heard_from_ = process_->output().size(); }
  // Waits for the event. Throws std::runtime_error with what came instead.
  void AwaitHeard(const std::string& event) const;

 private:
  std::int64_t Line(const std::string& line);

  std::unique_ptr<Process> process_;
  std::size_t heard_from_ = 0;
};

}  // namespace auralis::test
