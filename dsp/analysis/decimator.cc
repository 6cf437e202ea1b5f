#include "dsp/analysis/decimator.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace auralis {
namespace {

// Kaiser's formula for 80 dB: taps = (80 - 7.95) / (2.285 * transition), with a transition of half
// the new rate; rounded up to whole vectors.
constexpr std::size_t kTapsPerFactor = 12;
constexpr double kKaiserBeta = 7.857;  // 0.1102 (80 - 8.7)
constexpr std::size_t kLanes = 8;

// Independent lanes, which the compiler turns into vectors.
float Dot(const float* taps, const float* samples, std::size_t length) noexcept {
  std::array<float, kLanes> sums{};
  for (std::size_t i = 0; i < length; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += taps[i + lane] * samples[i + lane];
    }
  }
  float sum = 0.0F;
  for (const float lane : sums) sum += lane;
  return sum;
}

}  // namespace

void Decimator::Prepare(std::size_t factor) {
  factor_ = factor;
  const std::size_t length = (kTapsPerFactor * factor + kLanes - 1) / kLanes * kLanes;
  const double middle = 0.5 * static_cast<double>(length - 1);
  std::vector<double> taps(length);
  double sum = 0.0;
  for (std::size_t i = 0; i < length; ++i) {
    const double t = static_cast<double>(i) - middle;
    const double phase = std::numbers::pi * t / static_cast<double>(factor);
    const double shape = t / (middle + 0.5);
    taps[i] = (t == 0.0 ? 1.0 : std::sin(phase) / phase) *
              std::cyl_bessel_i(0.0, kKaiserBeta * std::sqrt(1.0 - shape * shape));
    sum += taps[i];
  }
  taps_.resize(length);
  std::transform(taps.begin(), taps.end(), taps_.begin(),
                 [sum](double tap) { return static_cast<float>(tap / sum); });
  for (auto& channel : samples_) channel.assign(length - 1 + kMaxFrames, 0.0F);
  until_next_ = factor - 1;
}

std::size_t Decimator::Push(const float* left, const float* right, std::size_t frames,
                            float* out_left, float* out_right) noexcept {
  const std::size_t history = taps_.size() - 1;
  std::copy_n(left, frames, samples_[0].data() + history);
  std::copy_n(right, frames, samples_[1].data() + history);
  std::size_t written = 0;
  for (; until_next_ < frames; until_next_ += factor_, ++written) {
    out_left[written] = Dot(taps_.data(), samples_[0].data() + until_next_, taps_.size());
    out_right[written] = Dot(taps_.data(), samples_[1].data() + until_next_, taps_.size());
  }
  until_next_ -= frames;
  for (auto& channel : samples_) {
    std::copy_n(channel.data() + frames, history, channel.data());
  }
  return written;
}

}  // namespace auralis
