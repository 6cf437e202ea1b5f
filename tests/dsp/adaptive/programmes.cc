#include "tests/dsp/adaptive/programmes.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <numeric>
#include <random>
#include <vector>

namespace auralis::test {
namespace {

constexpr double kPeriodSeconds = 4.0;
constexpr int kTonesAZone = 48;

// Adds a tone that fits a whole number of times into the signal.
void AddTone(Signal& x, double periods, double amplitude, double phase_rad) {
  const double step = 2.0 * std::numbers::pi * periods / static_cast<double>(x.size());
  const std::complex<double> turn = std::polar(1.0, step);
  std::complex<double> phasor = std::polar(amplitude, phase_rad);
  for (float& sample : x) {
    sample += static_cast<float>(phasor.real());
    phasor *= turn;
  }
}

Signal Tones(const Shares& shares, double rms, double rate_hz, std::uint32_t seed) {
  std::mt19937 random(seed);
  Signal x(static_cast<std::size_t>(kPeriodSeconds * rate_hz), 0.0F);
  const double total = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    const double power = static_cast<double>(shares[zone]) / total;
    const double amplitude = rms * std::sqrt(2.0 * power / kTonesAZone);
    const double ratio = kZoneEdgesHz[zone + 1] / kZoneEdgesHz[zone];
    for (int tone = 0; tone < kTonesAZone; ++tone) {
      const double spot = (0.5 + tone) / kTonesAZone;
      const double hz = kZoneEdgesHz[zone] * std::pow(ratio, 0.02 + 0.96 * spot);
      const double phase = 2.0 * std::numbers::pi * static_cast<double>(random()) / 4294967296.0;
      if (hz < 0.49 * rate_hz) AddTone(x, std::round(hz * kPeriodSeconds), amplitude, phase);
    }
  }
  return x;
}

}  // namespace

StereoProgramme Music(const Shares& shares, double rms_dbfs, double rate_hz, std::uint32_t seed,
                      double width) {
  const double rms = std::pow(10.0, rms_dbfs / 20.0);
  // Powers of middle and side add up to that of a channel.
  const double side = width;
  const double middle = 1.0 - width;
  const double scale = rms / std::hypot(middle, side);
  const Signal m = Tones(shares, scale * middle, rate_hz, seed);
  const Signal s = Tones(shares, scale * side, rate_hz, seed + 1000);
  StereoProgramme programme{m, m};
  for (std::size_t i = 0; i < m.size(); ++i) {
    programme.left[i] += s[i];
    programme.right[i] -= s[i];
  }
  return programme;
}

Shares Tilted(Shares shares, const std::array<double, kZones>& db) {
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    shares[zone] *= static_cast<float>(std::pow(10.0, db[zone] / 10.0));
  }
  return shares;
}

Listening::Listening(double rate_hz, double readings_per_s)
    : rate_hz_(rate_hz), reading_frames_(static_cast<std::size_t>(rate_hz / readings_per_s)) {
  adapter.Prepare(rate_hz, {});
  analyzer_.Prepare(rate_hz);
}

void Listening::Play(const StereoProgramme& programme, double seconds,
                     const std::function<void(double)>& each) {
  const auto frames = static_cast<std::size_t>(seconds * rate_hz_);
  const std::size_t length = programme.left.size();
  for (std::size_t at = 0; at < frames;) {
    const std::size_t from = at % length;
    const std::size_t run = std::min({reading_frames_, frames - at, length - from});
    const float* const input[2] = {programme.left.data() + from, programme.right.data() + from};
    analyzer_.Push(position_, input, input, run, {});
    position_ += run;
    at += run;
    const AnalysisFrame frame = analyzer_.Take();
    adapter.Hear(frame.position_frames, frame.input);
    each(static_cast<double>(at) / rate_hz_);
  }
}

void Listening::Silence(double seconds) {
  const Signal none = test::Silence(static_cast<std::size_t>(rate_hz_));
  Play({none, none}, seconds);
}

}  // namespace auralis::test
