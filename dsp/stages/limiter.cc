#include "dsp/stages/limiter.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {
namespace {

// The detector reads up to 0.1 dB low near the band's end, and a moving gain makes small new peaks
// between samples: this much is kept in hand so that a finer meter agrees.
constexpr float kTruePeakMarginDb = 0.1F;
constexpr float kRampMs = 20.0F;
constexpr double kSlowTimes = 5.0;  // longer than the release, where the programme decides

}  // namespace

void Limiter::Prepare(const ProcessSpec& spec, const Params& params) {
  sample_rate_hz_ = spec.sample_rate_hz;
  lookahead_frames_ = MsToFrames(static_cast<double>(params.lookahead_ms), spec.sample_rate_hz);
  kernels_ = ResolveTruePeakKernels();
  limiter_kernels_ = ResolveLimiterKernels();
  margin_gain_ = DbToGain(kTruePeakMarginDb);
  for (std::size_t ch = 0; ch < 2; ++ch) {
    recent_[ch].assign(kTruePeakHistoryFrames + spec.block_frames, 0.0F);
    delay_[ch].Prepare(latency_frames());
  }
  ceiling_delay_.Prepare(lookahead_frames_);
  for (auto* block : {&peaks_, &ceilings_, &reduction_}) block->assign(spec.block_frames, 0.0F);
  // Reading i counts for the frame it meets and the one after (true_peak.h): one more than the
  // look-ahead and its two ends.
  hold_.Prepare(lookahead_frames_ + 2, spec.block_frames);
  const std::size_t first = (lookahead_frames_ + 2) / 2;
  const std::size_t second = lookahead_frames_ + 2 - first;
  averages_.Prepare(first, second);
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
  release_.Reset();
  averages_.Reset();
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
  release_.SetPoles(static_cast<float>(MsToOnePole(release_ms, sample_rate_hz_)),
                    static_cast<float>(MsToOnePole(kSlowTimes * release_ms, sample_rate_hz_)));
  slow_share_.SetTarget(params.adaptive_release >= 0.5F ? 1.0F : 0.0F);
}

void Limiter::Process(StereoView io) noexcept {
  ceiling_.Fill(ceilings_.data(), io.frames);
  const bool asked = AskForReduction(io);
  delay_[0].Process(io.left, io.left, io.frames);
  delay_[1].Process(io.right, io.right, io.frames);
  ceiling_delay_.Process(ceilings_.data(), ceilings_.data(), io.frames);
  largest_reduction_ = 0.0F;
  // Nothing asked for in as long as anything is remembered: every sum is zero, the gain is 1.
  const std::size_t memory_frames = 2 * lookahead_frames_ + 4 + kReleaseGroup;
  const bool holds = asked || !release_.done();
  if (!holds && idle_frames_ >= memory_frames) return release_.Pass(io.frames);
  idle_frames_ = holds ? 0 : idle_frames_ + io.frames;
  SmoothReduction(io.frames);
  largest_reduction_ =
      limiter_kernels_.apply(reduction_.data(), ceilings_.data(), io.frames, io.left, io.right);
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
    largest =
        limiter_kernels_.ask(peaks_.data(), ceilings_.data(), input.frames, reduction_.data());
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
    const float lowest = std::min(ceilings_[0], ceilings_[frames - 1]);
    // What does not reach the ceiling asks for nothing; near to it that is left to the arithmetic.
    const float floor = settled ? 0.9999F * lowest / margin_gain_ : 0.0F;
    kernels_.frame_peaks(left, right, frames, floor, peaks_.data());
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
  float* const reduction = reduction_.data();
  hold_.Process(reduction, frames, [&](const BlockMaximum::Step& step) {
    limiter_kernels_.larger(step.from, step.back, frames, step.to);
  });
  float* const shares = peaks_.data();  // which are not needed any more
  slow_share_.Fill(shares, frames);
  limiter_kernels_.smooth(reduction, shares, frames, release_, averages_);
}

}  // namespace auralis
