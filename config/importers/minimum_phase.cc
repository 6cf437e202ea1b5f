#include "config/importers/minimum_phase.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <unsupported/Eigen/FFT>

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
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  std::vector<std::complex<double>> spectrum(length / 2 + 1);
  for (std::size_t bin = 0; bin < spectrum.size(); ++bin) {
    const double hz = static_cast<double>(bin) * rate_hz / static_cast<double>(length);
    spectrum[bin] = GainDbAt(curve, hz) * std::numbers::ln10 / 20.0;
  }
  std::vector<double> signal(length);
  const auto frames = static_cast<Eigen::Index>(length);
  fft.inv(signal, spectrum, frames);
  // What of the cepstrum lies before zero is folded onto what lies behind it.
  for (std::size_t i = 1; i < length; ++i) {
    if (i != length / 2) signal[i] *= i > length / 2 ? 0.0 : 2.0;
  }
  fft.fwd(spectrum, signal);
  for (std::complex<double>& bin : spectrum) bin = std::exp(bin);
  fft.inv(signal, spectrum, frames);
  std::vector<double> response(taps);
  for (std::size_t i = 0; i < taps; ++i) {
    // The last quarter fades, so that the end is no step.
    const double place = 4.0 * static_cast<double>(i) / static_cast<double>(taps) - 3.0;
    const double fade = place <= 0.0 ? 1.0 : 0.5 + 0.5 * std::cos(std::numbers::pi * place);
    response[i] = fade * signal[i];
  }
  return response;
}

}  // namespace auralis
