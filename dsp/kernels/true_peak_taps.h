#pragma once
// The interpolator of kernels/true_peak.cc: sincs under Kaiser windows (J. F. Kaiser, 1974), worked
// out by the compiler.

#include <cstddef>
#include <numbers>
#include <utility>

#include "dsp/kernels/true_peak.h"

namespace auralis::true_peak_taps {

// First what is half-way between two frames, from 44 of them; then, of frames and halves in turn,
// what is between those, from eight: nothing that they hold lies above half of their band, so that
// few are enough.
inline constexpr int kHalfPairs = static_cast<int>(kTruePeakDelayFrames) - 2;
inline constexpr int kQuarterPairs = 4;
// Windows: measured against 64 taps on what is made to be read wrongly (limiter_attack_test), of 4
// to 6 and of 3 to 7 these read closest.
inline constexpr double kHalfBeta = 4.2;
inline constexpr double kQuarterBeta = 5.0;

// By distance from the middle of the span: [0] belongs to its two ends. With the sum and the
// difference of the values of a pair, a quarter of the way is even + odd, three quarters even -
// odd, and the middle takes the sum alone.
struct Taps {
  float half[kHalfPairs];  // between frames
  float even[kQuarterPairs];
  float odd[kQuarterPairs];
  float middle[kQuarterPairs];
};

// I0(beta sqrt(1 - at^2)), by its power series.
consteval double Bessel(double beta, double at) {
  const double square = 0.25 * beta * beta * (1.0 - at * at);
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; k < 40; ++k) {
    term *= square / (k * k);
    sum += term;
  }
  return sum;
}

consteval double Sine(double x) {
  double sum = x;
  double term = x;
  for (int k = 1; k < 20; ++k) {
    term *= -x * x / ((2 * k) * (2 * k + 1));
    sum += term;
  }
  return sum;
}

struct Window {
  int pairs;
  double beta;
};

// Of value `at` for the instant `instant` steps after the span's first one. `at` counts from that
// one and may be negative; 0 < instant < 1.
consteval double Tap(Window window, double instant, int at) {
  const double distance = instant - at;
  const double sine = Sine(std::numbers::pi * instant) * (at % 2 == 0 ? 1.0 : -1.0);
  return sine / (std::numbers::pi * distance) * Bessel(window.beta, distance / window.pairs) /
         Bessel(window.beta, 0.0);
}

consteval Taps MakeTaps() {
  Taps taps{};
  constexpr Window kHalf{kHalfPairs, kHalfBeta};
  constexpr Window kQuarter{kQuarterPairs, kQuarterBeta};
  for (int pair = 0; pair < kHalfPairs; ++pair) {
    taps.half[pair] = static_cast<float>(Tap(kHalf, 0.5, -pair));
  }
  for (int pair = 0; pair < kQuarterPairs; ++pair) {
    const double earlier = Tap(kQuarter, 0.25, -pair);
    const double later = Tap(kQuarter, 0.25, pair + 1);
    taps.even[pair] = static_cast<float>(0.5 * (earlier + later));
    taps.odd[pair] = static_cast<float>(0.5 * (earlier - later));
    taps.middle[pair] = static_cast<float>(Tap(kQuarter, 0.5, -pair));
  }
  return taps;
}

inline constexpr Taps kTaps = MakeTaps();

consteval double Magnitude(double x) { return x < 0.0 ? -x : x; }

// What the instant `quarter` / 4 between a frame and the half after it makes of samples of 1 with
// the worst signs: the sum of the magnitudes of both steps' taps together.
consteval double Overshoot(int quarter) {
  constexpr int kReach = static_cast<int>(kTruePeakDelayFrames);
  double of_frame[2 * kReach] = {};  // [kReach - 1] is the span's first
  for (int pair = 0; pair < kQuarterPairs; ++pair) {
    const double even = kTaps.even[pair];
    const double odd = kTaps.odd[pair];
    const double middle = kTaps.middle[pair];
    const double earlier = quarter == 2 ? middle : quarter == 1 ? even + odd : even - odd;
    const double later = quarter == 2 ? middle : quarter == 1 ? even - odd : even + odd;
    // Half-steps from the span's first frame; odd ones are halves.
    for (const auto& [step, tap] : {std::pair{-pair, earlier}, std::pair{pair + 1, later}}) {
      if (step % 2 == 0) {
        of_frame[kReach - 1 + step / 2] += tap;
        continue;
      }
      const int frame = (step - 1) / 2;
      for (int k = 0; k < kHalfPairs; ++k) {
        of_frame[kReach - 1 + frame - k] += tap * static_cast<double>(kTaps.half[k]);
        of_frame[kReach + frame + k] += tap * static_cast<double>(kTaps.half[k]);
      }
    }
  }
  double sum = 0.0;
  for (const double tap : of_frame) sum += Magnitude(tap);
  return sum;
}

consteval double HalfOvershoot() {
  double sum = 0.0;
  for (const float tap : kTaps.half) sum += 2.0 * Magnitude(tap);
  return sum;
}
// What the second step makes of values of 1 with the worst signs.
consteval double StepOvershoot(bool middle) {
  double sum = 0.0;
  for (int pair = 0; pair < kQuarterPairs; ++pair) {
    const double even = kTaps.even[pair];
    const double odd = kTaps.odd[pair];
    const double own = kTaps.middle[pair];
    sum += middle ? 2.0 * Magnitude(own) : Magnitude(even + odd) + Magnitude(even - odd);
  }
  return sum;
}

static_assert(StepOvershoot(true) < static_cast<double>(kTruePeakStepOvershoot));
static_assert(StepOvershoot(false) < static_cast<double>(kTruePeakStepOvershoot));
// The second half of a span mirrors the first.
static_assert(HalfOvershoot() < static_cast<double>(kTruePeakOvershoot));
static_assert(Overshoot(1) < static_cast<double>(kTruePeakOvershoot));
static_assert(Overshoot(2) < static_cast<double>(kTruePeakOvershoot));
static_assert(Overshoot(3) < static_cast<double>(kTruePeakOvershoot));

}  // namespace auralis::true_peak_taps
