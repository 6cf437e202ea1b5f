#pragma once
// Test signals: named, deterministic, in double where theory is compared.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace auralis::test {

using Signal = std::vector<float>;

Signal Silence(std::size_t frames);
// `amplitude` * sin(2 pi f n / rate + phase), each sample rounded once from double.
Signal Sine(double frequency_hz, double amplitude, double sample_rate_hz, std::size_t frames,
            double phase_rad = 0.0);
// Of 1 kHz at 48 kHz. Its magnitude never changes: what its level is is beyond doubt.
Signal Square(double level_db, std::size_t frames);
// Uniform white noise in [-amplitude, amplitude].
Signal Noise(double amplitude, std::size_t frames, std::uint32_t seed);
Signal Impulse(std::size_t frames, std::size_t at = 0, float amplitude = 1.0F);
// Exponential sweep.
Signal Sweep(double from_hz, double to_hz, double amplitude, double sample_rate_hz,
             std::size_t frames);

}  // namespace auralis::test
