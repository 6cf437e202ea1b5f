#include "dsp/zero_latency_convolver.h"

#include <algorithm>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr std::size_t kHead = ConvolverCut::kHeadFrames;
// The kernel sums four runs of taps side by side.
constexpr std::size_t kRuns = 4;
constexpr std::size_t kRunTaps = kHead / kRuns;
// Of a block of so many ticks. With a response of 65,536 frames a tick of transforms costs about
// what a tick of products does.
constexpr LateConvolution::Schedule ScheduleOf(std::size_t ticks) {
  return {.forward = 0, .products = ticks / 4, .inverse = ticks - ticks / 4, .end = ticks};
}

void Clear(std::vector<float>& floats) { std::fill(floats.begin(), floats.end(), 0.0F); }

}  // namespace

void ZeroLatencyConvolver::Prepare(std::size_t longest_frames) {
  kernels_ = ResolvePolyphaseKernels();
  add_whole_head_ = ResolveHeadFilterKernel();
  near_.Prepare(ConvolverCut::kNearFrames, ConvolverCut::NearPartitions(longest_frames));
  for (std::size_t i = 0; i < lates_.size(); ++i) {
    const std::size_t frames = ConvolverCut::kLateFrames[i];
    lates_[i].Prepare(frames, ConvolverCut::LatePartitions(i, longest_frames),
                      ScheduleOf(frames / kTick));
  }
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
  for (LateConvolution& late : lates_) late.Reset();
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
    for (LateConvolution& late : lates_) {
      late.Gather(ch, samples[ch], io.frames, (tick_ * kTick + tick_at_) % late.block_frames());
    }
  }
  for (std::size_t sum = 0; sum < (fades_ ? 2U : 1U); ++sum) {
    AddParts(static_cast<Sum>(sum), io.frames);
    AddHead(filter(sum), static_cast<Sum>(sum), io.frames);
  }
  for (std::size_t ch = 0; ch < 2; ++ch) {
    const float* const now = out_[Sum::kCurrent][ch].data();
    const float* const next = out_[Sum::kIncoming][ch].data();
    const std::size_t elapsed = tick_ * kTick + tick_at_;  // a fade begins with a longest block
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
    float* const out = out_[sum][ch].data();
    std::copy_n(near_out_[sum][ch].data() + tick_at_, frames, out);
    for (const LateConvolution& late : lates_) {
      const std::size_t at = (tick_ * kTick + tick_at_) % late.block_frames();
      const float* const block = late.output(sum, ch) + at;
      for (std::size_t i = 0; i < frames; ++i) out[i] += block[i];
    }
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
    const float* const from = recent_[from_right ? 1 : 0].data() + kHead + tick_at_;
    float* const to = out_[sum][to_right ? 1 : 0].data();
    if (frames == kTick) {
      static_assert(kTick == kHeadFilterFrames && kHead == kHeadFilterFrames);
      add_whole_head_(from, taps, to);
      continue;
    }
    const float* newest[kRuns];
    for (std::size_t run = 0; run < kRuns; ++run) newest[run] = from - run * kRunTaps;
    kernels_.lower(newest, taps, kRunTaps, kRuns, frames, to);
  }
}

void ZeroLatencyConvolver::Tick() noexcept {
  tick_at_ = 0;
  NextNear();
  for (auto& recent : recent_) std::copy_n(recent.data() + kTick, kHead, recent.data());
  tick_ = (tick_ + 1) % kTicks;
  for (LateConvolution& late : lates_) {
    if (tick_ * kTick % late.block_frames() == 0) late.StartBlock();
  }
  if (tick_ == 0) StartLongest();
  RunLates();
}

// A tick of input is complete: makes what the near partitions give in the next.
void ZeroLatencyConvolver::NextNear() noexcept {
  near_.Advance();
  for (std::size_t ch = 0; ch < 2; ++ch) {
    // Of one tick the head's history is the tick before.
    static_assert(kHead == kTick);
    near_.Forward(ch, recent_[ch].data(), near_.all_steps());
  }
  for (std::size_t sum = 0; sum < sums(); ++sum) {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      near_.Multiply(filter(sum).near(), 0, near_.groups(), sum, ch);
      near_.Inverse(sum, ch, near_out_[sum][ch].data(), near_.all_steps());
    }
  }
}

// A block of the longest is complete, and the one before has been worked out.
void ZeroLatencyConvolver::StartLongest() noexcept {
  if (fades_) {
    fades_ = false;
    current_ = incoming_;
    incoming_ = nullptr;
    std::swap(near_out_[Sum::kCurrent], near_out_[Sum::kIncoming]);
    for (LateConvolution& late : lates_) late.TakeIncoming();
    current_->Reach();
  } else if (incoming_ != nullptr) {
    fades_ = true;
  }
  if (incoming_ == nullptr && wanted_ != current_) incoming_ = wanted_;
}

// One part of the work on a block of each length.
void ZeroLatencyConvolver::RunLates() noexcept {
  for (std::size_t i = 0; i < lates_.size(); ++i) {
    LateConvolution::Work work{.filters = {}, .sums = sums()};
    for (std::size_t sum = 0; sum < sums(); ++sum) work.filters[sum] = &filter(sum).late(i);
    lates_[i].RunSlice(tick_ % (lates_[i].block_frames() / kTick), work);
  }
}

}  // namespace auralis
