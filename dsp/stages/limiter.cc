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
constexpr float kBarelyBelow = 0.9999F;  // whatever a product is rounded to
constexpr double kSlowTimes = 5.0;       // longer than the release, where the programme decides

}  // namespace

void Limiter::Prepare(const ProcessSpec& spec, const Params& params) {
  sample_rate_hz_ = spec.sample_rate_hz;
  lookahead_frames_ = MsToFrames(static_cast<double>(params.lookahead_ms), spec.sample_rate_hz);
  kernels_ = ResolveTruePeakKernels();
  limiter_kernels_ = ResolveLimiterKernels();
  margin_gain_ = DbToGain(kTruePeakMarginDb);
  for (auto& channel : audio_) {
    channel.Prepare(std::max(latency_frames(), kTruePeakHistoryFrames), spec.block_frames);
  }
  for (auto* block : {&peaks_, &reduction_, &delayed_ceilings_}) {
    block->assign(spec.block_frames, 0.0F);
  }
  // Reading i counts for the frame it meets and the one after (true_peak.h): one more than the
  // look-ahead and its two ends.
  hold_.Prepare(window_frames(), spec.block_frames);
  const std::size_t first = window_frames() / 2;
  averages_.Prepare(first, window_frames() - first);
  between_.Prepare(spec.sample_rate_hz, kRampMs);
  for (BlockSmoother* smoother : {&ceiling_, &slow_share_}) {
    smoother->Prepare(spec.sample_rate_hz, kRampMs, spec.block_frames);
  }
  ceiling_delay_.Prepare(lookahead_frames_);
  SetTargets(DefaultParams<Params>(kParams));
  Reset();
}

void Limiter::Reset() noexcept {
  for (auto& channel : audio_) channel.Reset();
  hold_.Reset();
  release_.Reset();
  averages_.Reset();
  unasked_frames_ = 0;
  idle_frames_ = 0;
  between_.SnapTo(between_.target());
  ceiling_.SnapToTarget();
  slow_share_.SnapToTarget();
  ceiling_delay_.Reset();
  rested_frames_ = 0;
  largest_reduction_ = 0.0F;
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
  FollowCeiling(io.frames);
  const bool asked = AskForReduction(io);
  const float* const left = now_[0] - latency_frames();
  const float* const right = now_[1] - latency_frames();
  for (auto& channel : audio_) channel.Advance(io.frames);
  largest_reduction_ = 0.0F;
  // Nothing asked for in as long as anything is remembered: every sum is zero, the gain is 1.
  const std::size_t memory_frames = 2 * lookahead_frames_ + 4 + kReleaseGroup;
  const bool holds = asked || !release_.done();
  if (!holds && idle_frames_ >= memory_frames) {
    std::copy_n(left, io.frames, io.left);
    std::copy_n(right, io.frames, io.right);
    return release_.Pass(io.frames);
  }
  idle_frames_ = holds ? 0 : idle_frames_ + io.frames;
  SmoothReduction(io.frames);
  largest_reduction_ =
      limiter_kernels_.apply(reduction_.data(), late_ceilings_, io.frames, left, right, io);
}

float Limiter::gain_reduction_db() const noexcept {
  return largest_reduction_ == 0.0F ? 0.0F : -GainToDb(1.0F - largest_reduction_);
}

// A ceiling that has rested for as long as it is delayed is the same at both ends.
void Limiter::FollowCeiling(std::size_t frames) noexcept {
  const bool moves = !ceiling_.settled();
  ceilings_ = late_ceilings_ = ceiling_.Next(frames);
  if (!moves && rested_frames_ >= lookahead_frames_) return;
  ceiling_delay_.Process(ceilings_, delayed_ceilings_.data(), frames);
  late_ceilings_ = delayed_ceilings_.data();
  rested_frames_ = moves ? 0 : rested_frames_ + frames;
}

// True when any frame needs a reduction.
bool Limiter::AskForReduction(StereoView input) noexcept {
  const std::size_t frames = input.frames;
  now_ = {audio_[0].Next(frames), audio_[1].Next(frames)};
  const float loudest = std::max(
      limiter_kernels_.take(input.left, input.right, frames, now_[0], now_[1]), LoudestBefore());
  const bool samples_alone = between_.settled() && between_.target() == 0.0F;
  const float bound = samples_alone ? 1.0F : kTruePeakOvershoot * margin_gain_;
  const float lowest = std::min(ceilings_[0], ceilings_[frames - 1]);  // a ramp is monotonic
  float largest = 0.0F;
  // Where the samples are so far below the ceiling that no reading can reach it, none is made.
  if (!between_.settled() || loudest * bound > lowest) {
    largest = DetectPeaks(frames, lowest);
  } else {
    std::fill_n(hold_.Next(frames), frames, 0.0F);
  }
  unasked_frames_ = largest > 0.0F ? 0 : unasked_frames_ + frames;
  return largest > 0.0F;
}

// Of the samples before this block that are read with it.
float Limiter::LoudestBefore() const noexcept {
  constexpr std::size_t kHistory = kTruePeakHistoryFrames;
  return std::max(kernels_.sample_peak(now_[0] - kHistory, kHistory),
                  kernels_.sample_peak(now_[1] - kHistory, kHistory));
}

// Returns the largest reduction that is asked for.
float Limiter::DetectPeaks(std::size_t frames, float lowest_ceiling) noexcept {
  float* const reduction = hold_.Next(frames);
  const bool settled = between_.settled();
  if (settled && between_.target() == 0.0F) {
    return limiter_kernels_.ask_samples(now_[0] - kTruePeakDelayFrames,
                                        now_[1] - kTruePeakDelayFrames, ceilings_, frames,
                                        reduction);
  }
  kernels_.frame_peaks(now_[0], now_[1], frames,
                       settled ? kBarelyBelow * lowest_ceiling / margin_gain_ : 0.0F,
                       peaks_.data());
  if (!settled) BlendPeaks(frames);
  return limiter_kernels_.ask(peaks_.data(), settled ? margin_gain_ : 1.0F, ceilings_, frames,
                              reduction);
}

void Limiter::BlendPeaks(std::size_t frames) noexcept {
  const float* const left = now_[0] - kTruePeakDelayFrames;
  const float* const right = now_[1] - kTruePeakDelayFrames;
  for (std::size_t i = 0; i < frames; ++i) {
    const float sample = std::max(std::abs(left[i]), std::abs(right[i]));
    peaks_[i] = sample + between_.Next() * (peaks_[i] * margin_gain_ - sample);
  }
}

void Limiter::SmoothReduction(std::size_t frames) noexcept {
  float* const reduction = reduction_.data();
  // Where nothing was asked for in the window, nothing is in it: it may stand still.
  if (unasked_frames_ >= window_frames() + frames) {
    std::fill_n(reduction, frames, 0.0F);
  } else {
    hold_.Process(frames, reduction,
                  [&](const BlockMaximum::Step& step) { limiter_kernels_.largest(step, frames); });
  }
  limiter_kernels_.smooth(reduction, slow_share_.Next(frames), frames, release_, averages_);
}

}  // namespace auralis
