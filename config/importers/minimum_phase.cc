#include "config/importers/minimum_phase.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp/aligned_floats.h"
#include "dsp/real_fft.h"

namespace auralis {

double GainDbAt(const GainCurve& curve, double frequency_hz) {
  if (curve.empty()) return 0.0;
  const auto right =
      std::lower_bound(curve.begin(), curve.end(), frequency_hz,
                       [](const auto& point, double hz) { return point.first < hz; });
  if (right == curve.begin()) return right->second;
  if (right == curve.end()) return curve.back().second;
  const auto left = right - 1;
  const double share = std::log(frequency_hz / left->first) / std::log(right->first / left->first);
  return left->second + share * (right->second - left->second);
}

std::vector<double> MinimumPhaseResponse(const GainCurve& curve, double rate_hz, std::size_t taps) {
  // Long enough that what wraps round in the cepstrum is nothing.
  std::size_t length = 1 << 16;
  while (length < 4 * taps) length *= 2;
  const RealFft fft(length);
  const std::size_t bins = fft.bins();
  AlignedFloats real(bins);
  AlignedFloats imaginary(bins);
  AlignedFloats signal(length);
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double hz = static_cast<double>(bin) * rate_hz / static_cast<double>(length);
    real[bin] = static_cast<float>(GainDbAt(curve, hz) * std::numbers::ln10 / 20.0);
    imaginary[bin] = 0.0F;
  }
  fft.Inverse(real.data(), imaginary.data(), signal.data());
  // What of the cepstrum lies before zero is folded onto what lies behind it.
  const auto scale = 1.0F / static_cast<float>(length);
  for (std::size_t i = 0; i < length; ++i) {
    const bool once = i == 0 || i == length / 2;
    signal[i] *= i > length / 2 ? 0.0F : scale * (once ? 1.0F : 2.0F);
  }
  fft.Forward(signal.data(), real.data(), imaginary.data());
  for (std::size_t bin = 0; bin < bins; ++bin) {
    const double gain = std::exp(static_cast<double>(real[bin]));
    const auto phase = static_cast<double>(imaginary[bin]);
    real[bin] = static_cast<float>(gain * std::cos(phase));
    imaginary[bin] = static_cast<float>(gain * std::sin(phase));
  }
  fft.Inverse(real.data(), imaginary.data(), signal.data());
  std::vector<double> response(taps);
  for (std::size_t i = 0; i < taps; ++i) {
    // The last quarter fades, so that the end is no step.
    const double place = 4.0 * static_cast<double>(i) / static_cast<double>(taps) - 3.0;
    const double fade = place <= 0.0 ? 1.0 : 0.5 + 0.5 * std::cos(std::numbers::pi * place);
    response[i] = fade * static_cast<double>(signal[i] * scale);
  }
  return response;
}

}  // namespace auralis
