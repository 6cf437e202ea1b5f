#pragma once
// What "usual" means: the numbers that the programme is compared with. Its file in `config`
// replaces them by what was measured on other music.

#include <array>
#include <cmath>

#include "dsp/analysis/zones.h"

namespace auralis {

// Where a quantity stands among the music that was measured: 0 far below, 0.5 at its median, 1 far
// above, without corners.
struct Place {
  float median;
  float spread;  // distance from the median at which it is 0.73: half of the logistic's slope
  float Of(float value) const noexcept {
    return 0.5F + 0.5F * std::tanh((value - median) / (2.0F * spread));
  }
};

// Defaults: medians over 508 recordings of many kinds, July 2026, measured on whole tracks at 22.05
// kHz. Where our meters define a quantity in another way it says so; `auralisctl calibrate`
// measures all of them with the meters of this program.
struct Calibration {
  // Of the power between 20 Hz and 20 kHz. Four are medians of the corpus; upper-mid and presence
  // share its 0.103 as 27 masters of another set did (0.055 to 0.015); air had only been measured
  // up to 11 kHz and is raised by what those masters have above (a quarter); sub is the rest.
  std::array<float, kZones> zone_shares = {0.1338F, 0.4561F, 0.1009F, 0.1983F,
                                           0.0809F, 0.0221F, 0.0079F};
  // Natural logarithm of high over low: from 2 kHz up over up to 500 Hz.
  Place log_high_over_low = {.median = -1.6901F, .spread = 0.5045F};
  // Natural logarithm of the centre of gravity in Hz: 789 Hz, spread 24 %. The zones above have
  // theirs at 748 Hz, so the definitions agree.
  Place log_centroid = {.median = 6.671F, .spread = 0.243F};
  // Peak over RMS. The corpus took whole tracks, we take ten seconds.
  Place crest_db = {.median = 13.4207F, .spread = 1.7884F};
  // Natural logarithm of 1 + standard deviation in LU of the loudness of seconds.
  Place log_loudness_deviation = {.median = 0.9680F, .spread = 0.3855F};
  Place loudness_lufs = {.median = -14.3887F, .spread = 2.7732F};
};

}  // namespace auralis
