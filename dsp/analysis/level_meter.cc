#include "dsp/analysis/level_meter.h"

#include <algorithm>
#include <cmath>

namespace auralis {
namespace {

struct PeakAndEnergy {
  float peak = 0.0F;
  double energy = 0.0;
};

// Independent lanes, which the compiler turns into vectors without being allowed to reorder sums.
PeakAndEnergy Measure(const float* samples, std::size_t frames) noexcept {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> peaks{};
  std::array<float, kLanes> energies{};
  std::size_t i = 0;
  for (; i + kLanes <= frames; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float x = samples[i + lane];
      peaks[lane] = std::max(peaks[lane], std::fabs(x));
      energies[lane] += x * x;
    }
  }
  for (std::size_t lane = 0; i < frames; ++i, ++lane) {
    peaks[lane] = std::max(peaks[lane], std::fabs(samples[i]));
    energies[lane] += samples[i] * samples[i];
  }
  PeakAndEnergy result;
  for (const float peak : peaks) result.peak = std::max(result.peak, peak);
  for (const float energy : energies) result.energy += static_cast<double>(energy);
  return result;
}

}  // namespace

void LevelMeter::Prepare(double sample_rate_hz) {
  channels_ = {};
  slot_length_frames_ = sample_rate_hz / kSlotsPerSecond;
  slot_ = 0;
  StartSlot();
}

// Slots end on the frame nearest to a multiple of 10 ms, so they never drift at odd rates.
void LevelMeter::StartSlot() noexcept {
  const auto boundary = [this](std::uint64_t slot) {
    return std::llround(static_cast<double>(slot) * slot_length_frames_);
  };
  frames_left_ = static_cast<std::size_t>(boundary(slot_ + 1) - boundary(slot_));
  for (Channel& channel : channels_) channel.slots[slot_ % kWindowSlots] = 0.0;
}

void LevelMeter::Push(const float* left, const float* right, std::size_t frames) noexcept {
  while (frames > 0) {
    const std::size_t run = std::min(frames, frames_left_);
    for (Channel& channel : channels_) {
      const PeakAndEnergy measured = Measure(&channel == channels_.data() ? left : right, run);
      channel.peak = std::max(channel.peak, measured.peak);
      channel.slots[slot_ % kWindowSlots] += measured.energy;
    }
    left += run;
    right += run;
    frames -= run;
    frames_left_ -= run;
    if (frames_left_ > 0) continue;
    ++slot_;
    StartSlot();
  }
}

std::array<float, 2> LevelMeter::TakePeaks() noexcept {
  const std::array<float, 2> peaks = {channels_[0].peak, channels_[1].peak};
  for (Channel& channel : channels_) channel.peak = 0.0F;
  return peaks;
}

std::array<float, 2> LevelMeter::rms() const noexcept {
  const double window_frames =
      static_cast<double>(kWindowSlots) * slot_length_frames_ - static_cast<double>(frames_left_);
  std::array<float, 2> result{};
  for (std::size_t ch = 0; ch < 2; ++ch) {
    double sum = 0.0;
    for (const double slot : channels_[ch].slots) sum += slot;
    result[ch] = static_cast<float>(std::sqrt(sum / window_frames));
  }
  return result;
}

}  // namespace auralis
