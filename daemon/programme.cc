#include "daemon/programme.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace auralis {
namespace {

constexpr double kBeatSeconds = 0.5;  // 120 beats a minute
constexpr double kBarSeconds = 4.0 * kBeatSeconds;
constexpr int kBars = 16;
constexpr double kLevel = 0.82;  // of everything: the highest peak stays just below full scale
static_assert(kBars * kBarSeconds == Programme::kSeconds);

// A minor, F, C, G: the root of the bass and a four-note chord above it, as MIDI note numbers.
constexpr std::array<std::array<int, 5>, 4> kChords = {
    {{45, 57, 60, 64, 69}, {41, 57, 60, 65, 69}, {48, 55, 60, 64, 67}, {43, 55, 59, 62, 67}}};

double NoteHz(int note) { return 440.0 * std::exp2((note - 69) / 12.0); }

double Phase(double frequency_hz, double seconds) {
  const double cycles = frequency_hz * seconds;
  return cycles - std::floor(cycles);
}
double SineAt(double frequency_hz, double seconds) {
  return std::sin(2.0 * std::numbers::pi * Phase(frequency_hz, seconds));
}
double SawAt(double frequency_hz, double seconds) { return 2.0 * Phase(frequency_hz, seconds) - 1; }

// 0 to 1 in a few milliseconds, then an exponential decay.
double Pluck(double seconds, double decay_seconds) {
  return std::min(1.0, seconds / 0.003) * std::exp(-seconds / decay_seconds);
}

struct Moment {
  double t;          // since the piece began
  double in_beat;    // since the last beat, seconds
  double in_eighth;  // since the last eighth
  int bar;
  int beat;    // 0 to 3
  int eighth;  // 0 to 7
};

Moment MomentAt(double t) {
  const double in_bar = std::fmod(t, kBarSeconds);
  return {.t = t,
          .in_beat = std::fmod(in_bar, kBeatSeconds),
          .in_eighth = std::fmod(in_bar, kBeatSeconds / 2),
          .bar = static_cast<int>(t / kBarSeconds),
          .beat = static_cast<int>(in_bar / kBeatSeconds),
          .eighth = static_cast<int>(in_bar / (kBeatSeconds / 2))};
}

// Bars 9 to 12 are the quiet passage: no drums, everything else lower.
bool IsQuiet(const Moment& m) { return m.bar >= 8 && m.bar < 12; }

double Bass(const Moment& m, double root_hz) {
  return 0.26 * (SineAt(root_hz, m.t) + 0.35 * SineAt(2 * root_hz, m.t)) *
         (0.4 + 0.6 * Pluck(m.in_beat, 0.25));
}

double Kick(const Moment& m) {
  if (m.beat % 2 != 0) return 0.0;
  // A falling sine: 45 Hz plus what is left of a 110 Hz sweep.
  const double s = m.in_beat;
  const double cycles = 45.0 * s + 110.0 * 0.035 * (1.0 - std::exp(-s / 0.035));
  return 0.62 * std::sin(2.0 * std::numbers::pi * cycles) * Pluck(s, 0.12);
}

double Melody(const Moment& m, const std::array<int, 5>& chord) {
  constexpr std::array<std::size_t, 8> kOrder = {1, 2, 3, 4, 3, 2, 4, 3};
  const double hz = NoteHz(chord[kOrder[static_cast<std::size_t>(m.eighth)]] + 12);
  return 0.14 * (SineAt(hz, m.t) + 0.4 * SineAt(2 * hz, m.t) + 0.15 * SineAt(3 * hz, m.t)) *
         Pluck(m.in_eighth, 0.16);
}

}  // namespace

void Programme::Render(float* left, float* right, std::size_t frames) {
  // One-pole low-pass at 1.8 kHz over the pad's saw waves.
  const double pad_a = 1.0 - std::exp(-2.0 * std::numbers::pi * 1800.0 / sample_rate_hz_);
  const auto length = static_cast<std::uint64_t>(std::llround(kSeconds * sample_rate_hz_));
  for (std::size_t i = 0; i < frames; ++i) {
    const std::uint64_t at = position_frames_++ % length;
    const Moment m = MomentAt(static_cast<double>(at) / sample_rate_hz_);
    const auto& chord = kChords[static_cast<std::size_t>(m.bar) % kChords.size()];

    double pad[2] = {0.0, 0.0};
    for (std::size_t note = 1; note < chord.size(); ++note) {
      const double hz = NoteHz(chord[note]);
      pad[0] += SawAt(hz * 0.9985, m.t);  // detuned against each other: width
      pad[1] += SawAt(hz * 1.0015, m.t);
    }
    for (int ch = 0; ch < 2; ++ch) {
      pad_low_pass_[ch] += pad_a * (0.055 * pad[ch] - pad_low_pass_[ch]);
    }

    noise_ = noise_ * 1664525U + 1013904223U;
    const double white = static_cast<double>(noise_) / 2147483648.0 - 1.0;
    const double bright = 0.5 * (white - last_noise_);
    last_noise_ = white;
    const double hat = 0.10 * bright * Pluck(m.in_eighth, m.eighth % 2 != 0 ? 0.05 : 0.02);
    const double snare = m.beat % 2 != 0 ? 0.30 * white * Pluck(m.in_beat, 0.07) : 0.0;
    const double drums = IsQuiet(m) ? 0.0 : Kick(m) + snare;
    const double level = IsQuiet(m) ? 0.35 : 1.0;

    const double middle = drums + level * (Bass(m, NoteHz(chord[0])) + Melody(m, chord));
    const double hat_level = IsQuiet(m) ? 0.0 : hat;
    left[i] = static_cast<float>(kLevel * (middle + level * pad_low_pass_[0] + 0.6 * hat_level));
    right[i] = static_cast<float>(kLevel * (middle + level * pad_low_pass_[1] + hat_level));
  }
}

}  // namespace auralis
