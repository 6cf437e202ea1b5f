#include "dsp/stages/limiter.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {
namespace {

// The detector reads up to 0.1 dB low near the band's end, and a moving gain makes small new peaks
// between samples: this much is kept in hand so that a finer meter agrees.
constexpr float kTruePeakMarginDb = 0.1F;
// A reduction below -140 dB is none.
constexpr float kNoReduction = 1e-7F;
constexpr float kRampMs = 20.0F;
constexpr double kSlowTimes = 5.0;  // longer than the release, where the programme decides

}  // namespace

void Limiter::Prepare(const ProcessSpec& spec, const Params& params) {
  sample_rate_hz_ = spec.sample_rate_hz;
  lookahead_frames_ = MsToFrames(static_cast<double>(params.lookahead_ms), spec.sample_rate_hz);
  kernels_ = ResolveTruePeakKernels();
  margin_gain_ = DbToGain(kTruePeakMarginDb);
  for (std::size_t ch = 0; ch < 2; ++ch) {
    recent_[ch].assign(kTruePeakHistoryFrames + spec.block_frames, 0.0F);
    delay_[ch].Prepare(latency_frames());
  }
  ceiling_delay_.Prepare(lookahead_frames_);
  for (auto* block : {&peaks_, &ceilings_, &reduction_}) block->assign(spec.block_frames, 0.0F);
  // Reading i counts for the frame it meets and the one after (true_peak.h): one more than the
  // look-ahead and its two ends.
  hold_.Prepare(lookahead_frames_ + 2);
  const std::size_t first = (lookahead_frames_ + 2) / 2;
  const std::size_t second = lookahead_frames_ + 2 - first;
  first_average_.Prepare(first);
  second_average_.Prepare(second);
  average_scale_ = 1.0 / (static_cast<double>(first) * static_cast<double>(second) *
                          static_cast<double>(kUnity));
  for (Smoother* smoother : {&ceiling_, &between_, &slow_share_}) {
    smoother->Prepare(spec.sample_rate_hz, kRampMs);
  }
  SetTargets(DefaultParams<Params>(kParams));
  Reset();
}

void Limiter::Reset() noexcept {
  for (std::size_t ch = 0; ch < 2; ++ch) {
    std::fill(recent_[ch].begin(), recent_[ch].end(), 0.0F);
    delay_[ch].Reset();
  }
  ceiling_delay_.Reset();
  hold_.Reset();
  released_ = slow_ = 0.0F;
  first_average_.Reset();
  second_average_.Reset();
  idle_frames_ = 0;
  largest_reduction_ = 0.0F;
  ceiling_.SnapTo(ceiling_.target());
  between_.SnapTo(between_.target());
  slow_share_.SnapTo(slow_share_.target());
}

void Limiter::SetTargets(const Params& params) noexcept {
  between_.SetTarget(params.true_peak >= 0.5F ? 1.0F : 0.0F);
  ceiling_.SetTarget(DbToGain(params.ceiling_db));
  const auto release_ms = static_cast<double>(params.release_ms);
  release_pole_ = static_cast<float>(MsToOnePole(release_ms, sample_rate_hz_));
  slow_pole_ = static_cast<float>(MsToOnePole(kSlowTimes * release_ms, sample_rate_hz_));
  slow_share_.SetTarget(params.adaptive_release >= 0.5F ? 1.0F : 0.0F);
}

void Limiter::Process(StereoView io) noexcept {
  for (std::size_t i = 0; i < io.frames; ++i) ceilings_[i] = ceiling_.Next();
  const bool asked = AskForReduction(io);
  delay_[0].Process(io.left, io.left, io.frames);
  delay_[1].Process(io.right, io.right, io.frames);
  ceiling_delay_.Process(ceilings_.data(), ceilings_.data(), io.frames);
  largest_reduction_ = 0.0F;
  // Nothing asked for in as long as anything is remembered: every sum is zero, the gain is 1.
  const std::size_t memory_frames = 2 * lookahead_frames_ + 4;
  if (!asked && released_ == 0.0F && slow_ == 0.0F && idle_frames_ >= memory_frames) return;
  idle_frames_ = asked || released_ > 0.0F || slow_ > 0.0F ? 0 : idle_frames_ + io.frames;
  SmoothReduction(io.frames);
  Apply(io);
}

float Limiter::gain_reduction_db() const noexcept {
  return largest_reduction_ == 0.0F ? 0.0F : -GainToDb(1.0F - largest_reduction_);
}

// True when any frame needs a reduction.
bool Limiter::AskForReduction(StereoView input) noexcept {
  constexpr std::size_t kHistory = kTruePeakHistoryFrames;
  std::copy_n(input.left, input.frames, recent_[0].data() + kHistory);
  std::copy_n(input.right, input.frames, recent_[1].data() + kHistory);
  float largest = 0.0F;
  if (MayPassCeiling(input.frames)) {
    DetectPeaks(input.frames);
    for (std::size_t i = 0; i < input.frames; ++i) {
      // Without a branch: silence asks for 1 - infinity.
      reduction_[i] = std::max(0.0F, 1.0F - ceilings_[i] / peaks_[i]);
      largest = std::max(largest, reduction_[i]);
    }
  } else {
    std::fill_n(reduction_.data(), input.frames, 0.0F);
  }
  for (auto& channel : recent_) {
    std::copy_n(channel.data() + input.frames, kHistory, channel.data());
  }
  return largest > 0.0F;
}

// False where the samples are so far below the ceiling that no reading can reach it.
bool Limiter::MayPassCeiling(std::size_t frames) const noexcept {
  if (!between_.settled()) return true;
  const std::size_t count = kTruePeakHistoryFrames + frames;
  const float loudest = std::max(kernels_.sample_peak(recent_[0].data(), count),
                                 kernels_.sample_peak(recent_[1].data(), count));
  const float lowest = std::min(ceilings_[0], ceilings_[frames - 1]);  // a ramp is monotonic
  return loudest * kTruePeakOvershoot * margin_gain_ > lowest;
}

void Limiter::DetectPeaks(std::size_t frames) noexcept {
  const float* const left = recent_[0].data() + kTruePeakHistoryFrames;
  const float* const right = recent_[1].data() + kTruePeakHistoryFrames;
  const bool settled = between_.settled();
  const bool samples_alone = settled && between_.target() == 0.0F;
  if (!samples_alone) {
    kernels_.frame_peaks(left, right, frames, peaks_.data());
    for (std::size_t i = 0; i < frames; ++i) peaks_[i] *= margin_gain_;
  }
  if (samples_alone || !settled) {
    const float* const late_left = left - kTruePeakDelayFrames;
    const float* const late_right = right - kTruePeakDelayFrames;
    for (std::size_t i = 0; i < frames; ++i) {
      const float sample = std::max(std::abs(late_left[i]), std::abs(late_right[i]));
      peaks_[i] = settled ? sample : sample + between_.Next() * (peaks_[i] - sample);
    }
  }
}

void Limiter::SmoothReduction(std::size_t frames) noexcept {
  float released = released_;
  float slow = slow_;
  for (std::size_t i = 0; i < frames; ++i) {
    const float held = hold_.Next(reduction_[i]);
    released = std::max(held, released * release_pole_);
    if (released < kNoReduction) released = 0.0F;
    slow = released + (released > slow ? release_pole_ : slow_pole_) * (slow - released);
    if (slow < kNoReduction) slow = 0.0F;
    const float asked = std::max(released, slow_share_.Next() * slow);
    const auto whole = static_cast<std::int64_t>(std::ceil(asked * kUnity));
    const std::int64_t sum = second_average_.Next(first_average_.Next(whole));
    reduction_[i] = static_cast<float>(static_cast<double>(sum) * average_scale_);
  }
  released_ = released;
  slow_ = slow;
}

void Limiter::Apply(StereoView io) noexcept {
  float largest = 0.0F;
  for (std::size_t i = 0; i < io.frames; ++i) {
    const float gain = 1.0F - reduction_[i];
    largest = std::max(largest, reduction_[i]);
    io.left[i] = std::clamp(io.left[i] * gain, -ceilings_[i], ceilings_[i]);
    io.right[i] = std::clamp(io.right[i] * gain, -ceilings_[i], ceilings_[i]);
  }
  largest_reduction_ = largest;
}

}  // namespace auralis
