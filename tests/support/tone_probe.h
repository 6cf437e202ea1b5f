#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace auralis::test {

// Plays a tone of 200 Hz at 0.1 into the sink "auralis" and hears what other sinks play, in a
// process of its own that finds its way back whenever the server was away.
class ToneProbe {
 public:
  struct Gap {
    double from_s;  // steady_clock
    double to_s;
    double step;  // the largest from one frame to the next in its first 5 ms
  };

  // `sinks` are the names of those that are listened to.
  ToneProbe(const Environment& environment, const std::vector<std::string>& sinks);

  // Until the tone was heard later than `since_s`; then when, and nothing when the time is up.
  std::optional<double> AwaitTone(double since_s, std::chrono::milliseconds timeout) const;
  // That ended later than `since_s`.
  std::vector<Gap> GapsSince(double since_s) const;
  std::string output() const { return process_.output(); }

 private:
  Process process_;
};

double SteadySeconds();

}  // namespace auralis::test
