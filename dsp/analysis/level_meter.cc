#include "dsp/analysis/level_meter.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace auralis {
namespace {

constexpr float kWidestBalanceDb = 60.0F;

struct Measured {
  std::array<float, 2> peaks{};
  std::array<double, 2> energies{};
  double cross = 0.0;
};

// Independent lanes, which the compiler turns into vectors without being allowed to reorder sums.
Measured Measure(const float* left, const float* right, std::size_t frames) noexcept {
  constexpr std::size_t kLanes = 16;
  std::array<float, kLanes> peaks_l{};
  std::array<float, kLanes> peaks_r{};
  std::array<float, kLanes> squares_l{};
  std::array<float, kLanes> squares_r{};
  std::array<float, kLanes> products{};
  const auto add = [&](std::size_t lane, float l, float r) {
    peaks_l[lane] = std::max(peaks_l[lane], std::fabs(l));
    peaks_r[lane] = std::max(peaks_r[lane], std::fabs(r));
    squares_l[lane] += l * l;
    squares_r[lane] += r * r;
    products[lane] += l * r;
  };
  std::size_t i = 0;
  for (; i + kLanes <= frames; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) add(lane, left[i + lane], right[i + lane]);
  }
  for (std::size_t lane = 0; i < frames; ++i, ++lane) add(lane, left[i], right[i]);
  Measured result;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    result.peaks[0] = std::max(result.peaks[0], peaks_l[lane]);
    result.peaks[1] = std::max(result.peaks[1], peaks_r[lane]);
    result.energies[0] += static_cast<double>(squares_l[lane]);
    result.energies[1] += static_cast<double>(squares_r[lane]);
    result.cross += static_cast<double>(products[lane]);
  }
  return result;
}

}  // namespace

void LevelMeter::Prepare(double sample_rate_hz) {
  peaks_ = {};
  slots_ = {};
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
  slots_[slot_ % kCrestSlots] = {};
}

void LevelMeter::Push(const float* left, const float* right, std::size_t frames) noexcept {
  while (frames > 0) {
    const std::size_t run = std::min(frames, frames_left_);
    const Measured measured = Measure(left, right, run);
    Slot& slot = slots_[slot_ % kCrestSlots];
    slot.left += measured.energies[0];
    slot.right += measured.energies[1];
    slot.cross += measured.cross;
    slot.peak = std::max({slot.peak, measured.peaks[0], measured.peaks[1]});
    for (std::size_t ch = 0; ch < 2; ++ch) peaks_[ch] = std::max(peaks_[ch], measured.peaks[ch]);
    left += run;
    right += run;
    frames -= run;
    frames_left_ -= run;
    if (frames_left_ > 0) continue;
    ++slot_;
    StartSlot();
  }
}

std::array<float, 2> LevelMeter::TakePeaks() noexcept { return std::exchange(peaks_, {}); }

LevelMeter::Slot LevelMeter::SumOf(std::size_t slots) const noexcept {
  Slot sum;
  for (std::size_t back = 0; back < slots; ++back) {
    const Slot& slot = slots_[(slot_ + kCrestSlots - back) % kCrestSlots];
    sum.left += slot.left;
    sum.right += slot.right;
    sum.cross += slot.cross;
    sum.peak = std::max(sum.peak, slot.peak);
  }
  return sum;
}

std::array<float, 2> LevelMeter::rms() const noexcept {
  const double window_frames =
      static_cast<double>(kWindowSlots) * slot_length_frames_ - static_cast<double>(frames_left_);
  const Slot sum = SumOf(kWindowSlots);
  return {static_cast<float>(std::sqrt(sum.left / window_frames)),
          static_cast<float>(std::sqrt(sum.right / window_frames))};
}

StereoReadings LevelMeter::stereo() const noexcept {
  const Slot sum = SumOf(kWindowSlots);
  if (!(sum.left + sum.right > 0.0)) return {};
  const double middle = std::sqrt(std::max(0.0, sum.left + sum.right + 2.0 * sum.cross));
  const double side = std::sqrt(std::max(0.0, sum.left + sum.right - 2.0 * sum.cross));
  const double both = std::sqrt(sum.left * sum.right);
  const auto balance_db = static_cast<float>(10.0 * std::log10(sum.right / sum.left));
  return {.correlation =
              both > 0.0 ? static_cast<float>(std::clamp(sum.cross / both, -1.0, 1.0)) : 0.0F,
          .width = static_cast<float>(side / (middle + side)),
          .balance_db = std::clamp(balance_db, -kWidestBalanceDb, kWidestBalanceDb)};
}

float LevelMeter::crest_db() const noexcept {
  const std::size_t heard =
      static_cast<std::size_t>(std::min<std::uint64_t>(kCrestSlots, slot_ + 1));
  const Slot sum = SumOf(heard);
  const double frames =
      static_cast<double>(heard) * slot_length_frames_ - static_cast<double>(frames_left_);
  const double rms = std::sqrt(std::max(sum.left, sum.right) / frames);
  return rms > 0.0 ? static_cast<float>(20.0 * std::log10(static_cast<double>(sum.peak) / rms))
                   : 0.0F;
}

}  // namespace auralis
