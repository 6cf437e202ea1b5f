#pragma once

#include <array>

#include "dsp/bark_bands.h"

namespace auralis {

// What the control side adds to the values that a user sets, having listened to the programme
// and to the sound server.
struct Adaptation {
  std::array<float, kBarkBands> bark_delta_db{};  // on each critical band
  float leveler_gain_db = 0.0F;
  float sink_volume_db = 0.0F;  // how far the sound server turns down what we play

  bool operator==(const Adaptation&) const = default;
};

}  // namespace auralis
