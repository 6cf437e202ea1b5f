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
  struct Gap {  // as ToneEar's
    double from_s;
    double to_s;
    double step;
    double level;
    double fall;
    double given_step;
    double given_fall;
    bool unsure;
  };

  // `sinks` are the names of those that are listened to.
  ToneProbe(const Environment& environment, const std::vector<std::string>& sinks);

  // Until the tone was heard later than `since_s`; then when, and nothing when the time is up.
  std::optional<double> AwaitTone(double since_s, std::chrono::milliseconds timeout) const;
  // That ended later than `since_s`: of the tone, wherever it is heard.
  std::vector<Gap> GapsSince(double since_s) const { return Told("gap", since_s); }
  // The same of each sink: how the tone begins there.
  std::vector<Gap> OnsetsSince(double since_s) const { return Told("onset", since_s); }
  std::string output() const { return process_.output(); }

 private:
  std::vector<Gap> Told(const std::string& what, double since_s) const;

  Process process_;
};

double SteadySeconds();

}  // namespace auralis::test
