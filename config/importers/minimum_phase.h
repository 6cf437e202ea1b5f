#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace auralis {

// Points of a curve, dB over Hz, between which it is straight over the logarithm of the frequency;
// beyond the first and the last it is level.
using GainCurve = std::vector<std::pair<double, double>>;  // rising Hz, dB
double GainDbAt(const GainCurve& curve, double frequency_hz);

// The minimum-phase response of `taps` samples at `rate_hz` whose gain is the curve (A. V.
// Oppenheim and R. W. Schafer, Discrete-Time Signal Processing, chapter 12: phase out of the folded
// cepstrum). At 48 kHz and 32768 taps within 0.05 dB of curves with third-octave detail from 20 Hz
// on. [control] takes some ms
std::vector<double> MinimumPhaseResponse(const GainCurve& curve, double rate_hz, std::size_t taps);

}  // namespace auralis
