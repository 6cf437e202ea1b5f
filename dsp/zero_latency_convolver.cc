#include "dsp/zero_latency_convolver.h"

#include <algorithm>

#include "dsp/units.h"

namespace auralis {
namespace {

constexpr std::size_t kHead = ConvolverCut::kHeadFrames;
constexpr std::size_t kFar = ConvolverCut::kFarFrames;
// The kernel sums four runs of taps side by side.
constexpr std::size_t kRuns = 4;
constexpr std::size_t kRunTaps = kHead / kRuns;
constexpr std::size_t kFirstProducts = 2;  // slices before: both transforms
constexpr std::size_t kProductSlices = 12;

void Clear(std::vector<float>& floats) { std::fill(floats.begin(), floats.end(), 0.0F); }

}  // namespace

void ZeroLatencyConvolver::Prepare(std::size_t longest_frames) {
  kernels_ = ResolvePolyphaseKernels();
  near_.Prepare(ConvolverCut::kNearFrames, ConvolverCut::kNearPartitions);
  far_.Prepare(kFar, ConvolverCut::FarPartitions(longest_frames));
  for (std::size_t ch = 0; ch < 2; ++ch) {
    history_[ch].assign(2 * kFar, 0.0F);
    far_window_[ch].assign(2 * kFar, 0.0F);
    recent_[ch].assign(kHead + kTick, 0.0F);
    for (std::size_t sum = 0; sum < kSums; ++sum) {
      out_[sum][ch].assign(kTick, 0.0F);
      near_out_[sum][ch].assign(kTick, 0.0F);
      far_out_[sum][ch].assign(kFar, 0.0F);
      far_next_[sum][ch].assign(kFar, 0.0F);
    }
  }
  wanted_ = nullptr;
  Reset();
}

void ZeroLatencyConvolver::Reset() noexcept {
  near_.Reset();
  far_.Reset();
  for (auto* pair : {&history_, &far_window_, &recent_}) {
    for (auto& floats : *pair) Clear(floats);
  }
  for (Block* block : {&out_, &near_out_, &far_out_, &far_next_}) {
    for (auto& pair : *block) {
      for (auto& floats : pair) Clear(floats);
    }
  }
  tick_at_ = tick_ = fade_blocks_ = 0;
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
    std::copy_n(samples[ch], io.frames, history_[ch].data() + kFar + tick_ * kTick + tick_at_);
  }
  const bool fades = incoming_ != nullptr && fade_blocks_ > 0;
  for (std::size_t sum = 0; sum < (fades ? 2U : 1U); ++sum) {
    AddParts(static_cast<Sum>(sum), io.frames);
    AddHead(filter(sum), static_cast<Sum>(sum), io.frames);
  }
  constexpr auto kFadeFrames = static_cast<float>(kFadeBlocks * kFar);
  for (std::size_t ch = 0; ch < 2; ++ch) {
    const float* const now = out_[kCurrent][ch].data();
    if (!fades) {
      std::copy_n(now, io.frames, samples[ch]);
      continue;
    }
    const float* const next = out_[kIncoming][ch].data();
    const std::size_t elapsed = (fade_blocks_ - 1) * kFar + tick_ * kTick + tick_at_;
    for (std::size_t i = 0; i < io.frames; ++i) {
      const float share = SmoothStep(static_cast<float>(elapsed + i) / kFadeFrames);
      samples[ch][i] = now[i] + share * (next[i] - now[i]);
    }
  }
}

// What is there already, of near and far.
void ZeroLatencyConvolver::AddParts(Sum sum, std::size_t frames) noexcept {
  for (std::size_t ch = 0; ch < 2; ++ch) {
    const float* const near = near_out_[sum][ch].data() + tick_at_;
    const float* const far = far_out_[sum][ch].data() + tick_ * kTick + tick_at_;
    float* const out = out_[sum][ch].data();
    for (std::size_t i = 0; i < frames; ++i) out[i] = near[i] + far[i];
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
  if (++tick_ == kTicks) {
    tick_ = 0;
    StartFar();
  }
  RunFar(tick_);
}

// A tick of input is complete: makes what the near partitions give in the next.
void ZeroLatencyConvolver::NextNear() noexcept {
  near_.Advance();
  for (std::size_t ch = 0; ch < 2; ++ch) {
    // Of one tick the head's history is the tick before.
    static_assert(kHead == kTick);
    near_.Forward(ch, recent_[ch].data());
  }
  for (std::size_t sum = 0; sum < sums(); ++sum) {
    for (std::size_t ch = 0; ch < 2; ++ch) {
      near_.Accumulate(filter(sum).near(), 0, ConvolverCut::kNearPartitions, sum, ch);
      near_.Inverse(sum, ch, near_out_[sum][ch].data());
    }
  }
}

// A far block of input is complete, and the one before has been worked out.
void ZeroLatencyConvolver::StartFar() noexcept {
  std::swap(far_out_, far_next_);
  if (incoming_ != nullptr && ++fade_blocks_ > kFadeBlocks) {
    current_ = incoming_;
    incoming_ = nullptr;
    for (Block* block : {&far_out_, &near_out_}) std::swap((*block)[kCurrent], (*block)[kIncoming]);
    current_->Reach();
  }
  if (incoming_ == nullptr && wanted_ != current_) {
    incoming_ = wanted_;
    fade_blocks_ = 0;
  }
  for (std::size_t ch = 0; ch < 2; ++ch) {
    std::copy_n(history_[ch].data(), 2 * kFar, far_window_[ch].data());
    std::copy_n(history_[ch].data() + kFar, kFar, history_[ch].data());
  }
  far_.Advance();
}

// One of kTicks parts of the work on a far block.
void ZeroLatencyConvolver::RunFar(std::size_t slice) noexcept {
  if (slice < kFirstProducts) {
    far_.Forward(slice, far_window_[slice].data());
  } else if (slice < kFirstProducts + kProductSlices) {
    MultiplyFar(slice - kFirstProducts);
  } else {
    const std::size_t ch = slice - kFirstProducts - kProductSlices;
    for (std::size_t sum = 0; sum < sums(); ++sum) {
      if (filter(sum).far_partitions() == 0) {
        Clear(far_next_[sum][ch]);
      } else {
        far_.Inverse(sum, ch, far_next_[sum][ch].data());
      }
    }
  }
}

void ZeroLatencyConvolver::MultiplyFar(std::size_t part) noexcept {
  for (std::size_t sum = 0; sum < sums(); ++sum) {
    const std::size_t partitions = filter(sum).far_partitions();
    const std::size_t from = partitions * part / kProductSlices;
    const std::size_t to = partitions * (part + 1) / kProductSlices;
    for (std::size_t ch = 0; ch < 2; ++ch) far_.Accumulate(filter(sum).far(), from, to, sum, ch);
  }
}

}  // namespace auralis
