#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "dsp/bark_bands.h"

namespace auralis {

// How many onsets a second there are: moments at which the spectrum grows by much more than it
// lately used to. Spectral flux in dB over the critical bands, so that the level of the music plays
// no part (after J. P. Bello et al., A Tutorial on Onset Detection in Music Signals, 2005, section
// III-A).
class OnsetMeter {
 public:
  // [control] Forgets. `hops_per_s` is how often Push() will be called, 10 and more.
  void Prepare(double hops_per_s);
  // [any] The powers of the critical bands in a window that begins one hop later than the last.
  void Push(std::span<const float, kBarkBands> power) noexcept;
  // [any] Over the last ten seconds, or as long as there were any.
  float onsets_per_s() const noexcept { return static_cast<float>(rate_); }

 private:
  static constexpr std::size_t kRecent = 9;  // fluxes whose median is what is usual

  double hops_per_s_ = 20.0;
  std::array<float, kBarkBands> last_db_{};
  std::array<float, kRecent> recent_{};
  std::size_t at_ = 0;
  std::size_t heard_ = 0;     // hops, up to ten seconds of them
  double since_onset_s_ = 0;  // 0 to 1
  double rate_ = 0.0;
};

}  // namespace auralis
