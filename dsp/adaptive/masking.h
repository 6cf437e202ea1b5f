#pragma once

#include <array>
#include <span>

#include "dsp/bark_bands.h"

namespace auralis {

// How far each critical band stands above what is audible in it beside all others, in dB: negative
// where it is masked. `power` is that of the bands, 1 for a sine of full scale, which is taken to
// be heard at 100 dB SPL.
//
// A band masks its neighbours by 27 dB a Bark less below it and 12 dB a Bark less above it, 6 dB
// under its own level (noise masking noise); the powers that reach a band add up, together with the
// threshold in quiet of E. Terhardt (1979). Slopes: E. Zwicker and H. Fastl, Psychoacoustics,
// section 4.1, rounded. [any]
std::array<float, kBarkBands> SignalToMaskDb(std::span<const float, kBarkBands> power) noexcept;

}  // namespace auralis
