#pragma once
// Programmes with a known balance, for everything that listens.

#include <array>
#include <cstddef>
#include <functional>

#include "dsp/adaptive/adapter.h"
#include "dsp/analysis/analyzer.h"
#include "dsp/analysis/zones.h"
#include "tests/support/signals.h"

namespace auralis::test {

using Shares = std::array<float, kZones>;

struct StereoProgramme {
  Signal left;
  Signal right;
};

// Four seconds, to be played round and round: many tones of random phase, so that the power in each
// zone is exactly `shares` (made to sum 1) of the whole, and the whole is `rms_dbfs`. Crest factor
// some 12 dB. `width` is side / (middle + side).
StereoProgramme Music(const Shares& shares, double rms_dbfs, double rate_hz, std::uint32_t seed = 1,
                      double width = 0.2);

// `shares` with some zones times a factor in dB.
Shares Tilted(Shares shares, const std::array<double, kZones>& db);

// Hears programmes through the real analyzer, and tells the adapter 60 times a second, as the
// daemon does.
class Listening {
 public:
  explicit Listening(double rate_hz, double readings_per_s = 60.0);
  // Plays it round and round. `each` is called after every reading with the seconds since the
  // start.
  void Play(
      const StereoProgramme& programme, double seconds,
      const std::function<void(double)>& each = [](double) {});
  void Silence(double seconds);

  Adapter adapter;
  const AdaptationState& state() const { return adapter.state(); }

 private:
  double rate_hz_;
  std::size_t reading_frames_;
  Analyzer analyzer_;
  std::uint64_t position_ = 0;
};

}  // namespace auralis::test
