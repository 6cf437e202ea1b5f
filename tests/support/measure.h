#pragma once
// Measurements in double, written from theory and not from the code under test.

#include <cstddef>
#include <span>

namespace auralis::test {

double Db(double gain);  // 20 log10, -400 at or below 1e-20
double PeakOf(std::span<const float> x);
double RmsOf(std::span<const float> x);
// Amplitude of the component at `frequency_hz`: projection on sine and cosine under a Hann window.
double ToneAmplitude(std::span<const float> x, double frequency_hz, double sample_rate_hz);
// Highest magnitude between the samples, at 16 instants of each frame, by a Kaiser-windowed sinc of
// 64 frames: flat to 0.46 of the rate. The first and last kTruePeakMargin frames only lend a hand.
inline constexpr std::size_t kTruePeakMargin = 32;
double TruePeakOf(std::span<const float> x);
// RMS of what is left when the best-fitting sine at `frequency_hz` and DC are taken out.
double ResidualRms(std::span<const float> x, double frequency_hz, double sample_rate_hz);
// The delay in 0..max_frames at which `later` correlates best with `earlier`.
std::size_t DelayBetween(std::span<const float> earlier, std::span<const float> later,
                         std::size_t max_frames);
// Largest |a[i] - b[i]|; the lengths must agree.
double LargestDifference(std::span<const float> a, std::span<const float> b);

}  // namespace auralis::test
