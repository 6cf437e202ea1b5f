#include "dsp/zero_latency_convolver.h"

#include <algorithm>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr std::size_t kHead = ConvolverCut::kHeadFrames;
// The kernel sums four runs of taps side by side.
constexpr std::size_t kRuns = 4;
constexpr std::size_t kRunTaps = kHead / kRuns;
// Of 8 and of 64 slices.
constexpr LateConvolution::Schedule kMiddleSchedule{
    .forward = 0, .products = 1, .inverse = 7, .end = 8};
constexpr LateConvolution::Schedule kFarSchedule{
    .forward = 0, .products = 6, .inverse = 58, .end = 64};

void Clear(std::vector<float>& floats) { std::fill(floats.begin(), floats.end(), 0.0F); }

}  // namespace

void ZeroLatencyConvolver::Prepare(std::size_t longest_frames) {
  kernels_ = ResolvePolyphaseKernels();
  near_.Prepare(ConvolverCut::kNearFrames, ConvolverCut::kNearPartitions);
  middle_.Prepare(ConvolverCut::kMiddleFrames, ConvolverCut::kMiddlePartitions, kMiddleSchedule);
  far_.Prepare(ConvolverCut::kFarFrames, ConvolverCut::FarPartitions(longest_frames), kFarSchedule);
  for (std::size_t ch = 0; ch < 2; ++ch) {
    recent_[ch].assign(kHead + kTick, 0.0F);
    for (std::size_t sum = 0; sum < Sum::kSums; ++sum) {
      out_[sum][ch].assign(kTick, 0.0F);
      near_out_[sum][ch].assign(kTick, 0.0F);
    }
  }
  wanted_ = nullptr;
  Reset();
}

void ZeroLatencyConvolver::Reset() noexcept {
  near_.Reset();
  middle_.Reset();
  far_.Reset();
  for (auto& floats : recent_) Clear(floats);
  for (Block* block : {&out_, &near_out_}) {
    for (auto& pair : *block) {
      for (auto& floats : pair) Clear(floats);
    }
  }
  tick_at_ = tick_ = 0;
  fades_ = false;
  current_ = wanted_;
  incoming_ = nullptr;
  if (current_ != nullptr) current_->Reach();
}

void ZeroLatencyConvolver::SetFilter(const Item* filter) noexcept {
  wanted_ = filter;
  if (current_ != nullptr) return;
  current_ = filter;
  current_->Reach();
}

void ZeroLatencyConvolver::Process(StereoView io) noexcept {
  if (current_ == nullptr) return;
  for (std::size_t done = 0; done < io.frames;) {
    const std::size_t frames = std::min(io.frames - done, kTick - tick_at_);
    ProcessPart({io.left + done, io.right + done, frames});
    done += frames;
    tick_at_ += frames;
    if (tick_at_ == kTick) Tick();
  }
}

// Within a tick.
void ZeroLatencyConvolver::ProcessPart(StereoView io) noexcept {
  float* const samples[2] = {io.left, io.right};
  for (std::size_t ch = 0; ch < 2; ++ch) {
    std::copy_n(samples[ch], io.frames, recent_[ch].data() + kHead + tick_at_);
    middle_.Gather(ch, samples[ch], io.frames, tick_ % kMiddleTicks * kTick + tick_at_);
    far_.Gather(ch, samples[ch], io.frames, tick_ * kTick + tick_at_);
  }
  for (std::size_t sum = 0; sum < (fades_ ? 2U : 1U); ++sum) {
    AddParts(static_cast<Sum>(sum), io.frames);
    AddHead(filter(sum), static_cast<Sum>(sum), io.frames);
  }
  for (std::size_t ch = 0; ch < 2; ++ch) {
    const float* const now = out_[Sum::kCurrent][ch].data();
    const float* const next = out_[Sum::kIncoming][ch].data();
    const std::size_t elapsed = tick_ * kTick + tick_at_;  // a fade begins with a far block
    if (!fades_ || elapsed >= kFadeFrames) {
      std::copy_n(fades_ ? next : now, io.frames, samples[ch]);
      continue;
    }
    for (std::size_t i = 0; i < io.frames; ++i) {
      const float share =
          SmoothStep(static_cast<float>(elapsed + i) / static_cast<float>(kFadeFrames));
      samples[ch][i] = now[i] + share * (next[i] - now[i]);
    }
  }
}

// What is there already.
void ZeroLatencyConvolver::AddParts(Sum sum, std::size_t frames) noexcept {
  for (std::size_t ch = 0; ch < 2; ++ch) {
    const float* const near = near_out_[sum][ch].data() + tick_at_;
    const float* const middle = middle_.output(sum, ch) + tick_ % kMiddleTicks * kTick + tick_at_;
    const float* const far = far_.output(sum, ch) + tick_ * kTick + tick_at_;
    float* const out = out_[sum][ch].data();
    for (std::size_t i = 0; i < frames; ++i) out[i] = near[i] + (middle[i] + far[i]);
  }
}

void ZeroLatencyConvolver::AddHead(const ConvolverFilter& filter, Sum sum,
                                   std::size_t frames) noexcept {
  for (std::size_t path = 0; path < PartitionedFilter::kPaths; ++path) {
    const float* const taps = filter.head(path);
    if (taps == nullptr) continue;
    const bool from_right =
        path == PartitionedFilter::kRightLeft || path == PartitionedFilter::kRightRight;
    const bool to_right =
        path == PartitionedFilter::kLeftRight || path == PartitionedFilter::kRightRight;
    const float* newest[kRuns];
    for (std::size_t run = 0; run < kRuns; ++run) {
      newest[run] = recent_[from_right ? 1 : 0].data() + kHead + tick_at_ - run * kRunTaps;
    }
    kernels_.lower(newest, taps, kRunTaps, kRuns, frames, out_[sum][to_right ? 1 : 0].data());
  }
}

void ZeroLatencyConvolver::Tick() noexcept {
  tick_at_ = 0;
  NextNear();
  for (auto& recent : recent_) std::copy_n(recent.data() + kTick, kHead, recent.data());
  tick_ = (tick_ + 1) % kTicks;
  if (tick_ % kMiddleTicks == 0) middle_.StartBlock();
  if (tick_ == 0) StartFar();
  RunLate();
}

// A tick of input is complete: makes what the near partitions give in the next.
void ZeroLatencyConvolver::NextNear() noexcept {
  near_.Advance();
  for (std::size_t ch = 0; ch < 2; ++ch) {
    // Of one tick the head's history is the tick before.
    static_assert(kHead == kTick);
    near_.Forward(ch, recent_[ch].data(), near_.all_stages());
  }
  for (std::size_t sum = 0; sum < sums(); ++sum) {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      near_.Multiply(filter(sum).near(), 0, near_.groups(), sum, ch);
      near_.Inverse(sum, ch, near_out_[sum][ch].data(), near_.all_stages());
    }
  }
}

// A far block of input is complete, and the one before has been worked out.
void ZeroLatencyConvolver::StartFar() noexcept {
  far_.StartBlock();
  if (fades_) {
    fades_ = false;
    current_ = incoming_;
    incoming_ = nullptr;
    std::swap(near_out_[Sum::kCurrent], near_out_[Sum::kIncoming]);
    for (LateConvolution* late : {&middle_, &far_}) late->TakeIncoming();
    current_->Reach();
  } else if (incoming_ != nullptr) {
    fades_ = true;
  }
  if (incoming_ == nullptr && wanted_ != current_) incoming_ = wanted_;
}

// One part of the work on a block of each length.
void ZeroLatencyConvolver::RunLate() noexcept {
  LateConvolution::Work middle{.filters = {}, .sums = sums()};
  LateConvolution::Work far = middle;
  for (std::size_t sum = 0; sum < sums(); ++sum) {
    middle.filters[sum] = &filter(sum).middle();
    far.filters[sum] = &filter(sum).far();
  }
  middle_.RunSlice(tick_ % kMiddleTicks, middle);
  far_.RunSlice(tick_, far);
}

}  // namespace auralis
