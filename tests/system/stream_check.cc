#include "tests/system/stream_check.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <numbers>
#include <span>
#include <stdexcept>

#include "daemon/sound_file.h"
#include "tests/support/measure.h"

namespace auralis::test {
namespace {

constexpr int kTries = 3;
constexpr double kLevelWindowS = 0.005;  // five periods of 1 kHz

std::size_t Frames(double seconds) { return static_cast<std::size_t>(seconds * kRateHz); }

}  // namespace

StereoSignal TonePair(double frequency_hz, double amplitude, double seconds) {
  const double phase_rad = 20.0 * std::numbers::pi / 180.0;
  return {Sine(frequency_hz, amplitude, kRateHz, Frames(seconds)),
          Sine(frequency_hz, amplitude, kRateHz, Frames(seconds), phase_rad)};
}

StereoSignal NoisePair(double amplitude, double seconds) {
  return {Noise(amplitude, Frames(seconds), 11), Noise(amplitude, Frames(seconds), 23)};
}

Signal Cut(const Signal& signal, double from_s, double to_s) {
  if (Frames(to_s) > signal.size()) throw std::runtime_error("the recording is too short");
  return {signal.begin() + static_cast<std::ptrdiff_t>(Frames(from_s)),
          signal.begin() + static_cast<std::ptrdiff_t>(Frames(to_s))};
}

Recording PlayThrough(JackClient& client, const StereoSignal& programme,
                      const std::function<void()>& meanwhile) {
  Recording recording;
  for (int i = 0; i < kTries; ++i) {
    recording = client.Play(programme, meanwhile);
    if (recording.xruns == 0) break;
    std::cout << "the sound server lost " << recording.xruns << " cycles in try " << i + 1 << '\n';
  }
  return recording;
}

double HeardAfterMs(const Recording& recording, double before, double after, std::int64_t sent_ns) {
  const double middle = (before + after) / 2.0;
  const std::size_t window = Frames(kLevelWindowS);
  const std::span<const float> left(recording.audio.left);
  for (std::size_t end = window; end <= left.size(); ++end) {
    const std::int64_t arrival_ns = recording.ArrivalNs(end - 1);
    if (arrival_ns < sent_ns) continue;
    const double level = RmsOf(left.subspan(end - window, window)) * std::numbers::sqrt2;
    if ((level - middle) * (after - before) >= 0.0) {
      return static_cast<double>(arrival_ns - sent_ns) / 1e6;
    }
  }
  throw std::runtime_error("the level never changed");
}

double LargestError(const StereoSignal& played, const StereoSignal& recorded,
                    std::size_t delay_frames, double from_s, double to_s) {
  double largest = 0.0;
  for (std::size_t i = Frames(from_s); i < Frames(to_s); ++i) {
    for (const Signal StereoSignal::*side : {&StereoSignal::left, &StereoSignal::right}) {
      const double difference = static_cast<double>((recorded.*side).at(i)) -
                                static_cast<double>((played.*side).at(i - delay_frames));
      largest = std::max(largest, std::abs(difference));
    }
  }
  return largest;
}

std::int64_t SteadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

void WriteSoundFile(const std::filesystem::path& file, const StereoSignal& signal) {
  SoundFileWriter writer(file, kRateHz);
  writer.Write(signal.left.data(), signal.right.data(), signal.left.size());
  writer.Close();
}

StereoSignal ReadSoundFile(const std::filesystem::path& file) {
  SoundFileReader reader(file);
  StereoSignal signal{Signal(reader.length_frames()), Signal(reader.length_frames())};
  const std::size_t read = reader.Read(signal.left.data(), signal.right.data(), signal.left.size());
  if (read != signal.left.size()) throw std::runtime_error(file.string() + " is too short");
  return signal;
}

}  // namespace auralis::test
