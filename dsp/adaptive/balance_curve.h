#pragma once

#include <array>
#include <span>

#include "dsp/analysis/zones.h"
#include "dsp/bark_bands.h"

namespace auralis {

// A gain for each critical band, smooth on the Bark scale, that changes the power of a programme in
// each zone by `zone_gain_db`. `power` is the programme's, band by band. The curve is a monotone
// cubic through one point a zone (F. N. Fritsch and R. E. Carlson, 1980), which are moved until the
// zones come out. [any]
std::array<float, kBarkBands> BalanceCurveDb(std::span<const float, kZones> zone_gain_db,
                                             std::span<const float, kBarkBands> power);

// What a gain for each band makes of the power in each zone, in dB; 0 where there is none. [any]
std::array<float, kZones> ZoneGainsDb(std::span<const float, kBarkBands> band_gain_db,
                                      std::span<const float, kBarkBands> power);

}  // namespace auralis
