#include "tests/support/signals.h"

#include <cmath>
#include <numbers>
#include <random>

namespace auralis::test {

Signal Silence(std::size_t frames) { return Signal(frames, 0.0F); }

Signal Sine(double frequency_hz, double amplitude, double sample_rate_hz, std::size_t frames,
            double phase_rad) {
  Signal x(frames);
  const double step = 2.0 * std::numbers::pi * frequency_hz / sample_rate_hz;
  for (std::size_t n = 0; n < frames; ++n) {
    x[n] = static_cast<float>(amplitude * std::sin(step * static_cast<double>(n) + phase_rad));
  }
  return x;
}

Signal Square(double level_db, std::size_t frames) {
  Signal x(frames);
  const auto amplitude = static_cast<float>(std::pow(10.0, level_db / 20.0));
  for (std::size_t i = 0; i < frames; ++i) x[i] = i / 24 % 2 == 0 ? amplitude : -amplitude;
  return x;
}

Signal Noise(double amplitude, std::size_t frames, std::uint32_t seed) {
  // minstd_rand's output is fixed by the standard, unlike that of the distributions.
  std::minstd_rand generator(seed);
  const double scale = 2.0 * amplitude / static_cast<double>(std::minstd_rand::max());
  Signal x(frames);
  for (float& sample : x) {
    sample = static_cast<float>(static_cast<double>(generator()) * scale - amplitude);
  }
  return x;
}

Signal Impulse(std::size_t frames, std::size_t at, float amplitude) {
  Signal x(frames, 0.0F);
  x.at(at) = amplitude;
  return x;
}

Signal Sweep(double from_hz, double to_hz, double amplitude, double sample_rate_hz,
             std::size_t frames) {
  Signal x(frames);
  const double seconds = static_cast<double>(frames) / sample_rate_hz;
  const double rate = std::log(to_hz / from_hz) / seconds;
  for (std::size_t n = 0; n < frames; ++n) {
    const double t = static_cast<double>(n) / sample_rate_hz;
    const double phase = 2.0 * std::numbers::pi * from_hz * (std::exp(rate * t) - 1.0) / rate;
    x[n] = static_cast<float>(amplitude * std::sin(phase));
  }
  return x;
}

}  // namespace auralis::test
