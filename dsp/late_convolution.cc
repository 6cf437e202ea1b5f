#include "dsp/late_convolution.h"

#include <algorithm>
#include <utility>

namespace auralis {

void LateConvolution::Prepare(std::size_t block_frames, std::size_t most_partitions,
                              const Schedule& schedule) {
  block_frames_ = block_frames;
  schedule_ = schedule;
  line_.Prepare(block_frames, most_partitions);
  for (auto& gathered : gathered_) gathered.assign((kGathered + 1) * block_frames, 0.0F);
  for (Block* block : {&output_, &next_}) {
    for (auto& pair : *block) {
      for (auto& floats : pair) floats.assign(block_frames, 0.0F);
    }
  }
  Reset();
}

void LateConvolution::Reset() noexcept {
  line_.Reset();
  for (auto& gathered : gathered_) std::fill(gathered.begin(), gathered.end(), 0.0F);
  for (Block* block : {&output_, &next_}) {
    for (auto& pair : *block) {
      for (auto& floats : pair) std::fill(floats.begin(), floats.end(), 0.0F);
    }
  }
  gathering_ = 0;
}

void LateConvolution::Gather(std::size_t channel, const float* samples, std::size_t frames,
                             std::size_t at) noexcept {
  float* const ring = gathered_[channel].data();
  std::copy_n(samples, frames, ring + (gathering_ + 1) * block_frames_ + at);
  if (gathering_ + 1 == kGathered) std::copy_n(samples, frames, ring + at);
}

void LateConvolution::StartBlock() noexcept {
  std::swap(output_, next_);
  gathering_ = (gathering_ + 1) % kGathered;
  line_.Advance();
}

void LateConvolution::RunSlice(std::size_t slice, const Work& work) noexcept {
  const Schedule& at = schedule_;
  if (slice >= at.forward && slice < at.products) {
    Forward({slice - at.forward, at.products - at.forward});
  } else if (slice >= at.products && slice < at.inverse) {
    Multiply({slice - at.products, at.inverse - at.products}, work);
  } else if (slice >= at.inverse && slice < at.end) {
    Inverse({slice - at.inverse, at.end - at.inverse}, work);
  }
}

template <class Run>
void LateConvolution::RunSteps(Share share, std::size_t transforms, const Run& run) noexcept {
  const std::size_t steps = line_.steps();
  const std::size_t from = transforms * steps * share.slice / share.count;
  const std::size_t to = transforms * steps * (share.slice + 1) / share.count;
  for (std::size_t at = from; at < to;) {
    const std::size_t transform = at / steps;
    const std::size_t begin = transform * steps;
    const std::size_t end = std::min(to, begin + steps);
    run(transform, FftSteps{at - begin, end - begin});
    at = end;
  }
}

void LateConvolution::Forward(Share share) noexcept {
  const std::size_t complete = (gathering_ + kGathered - 1) % kGathered;
  RunSteps(share, 2, [&](std::size_t channel, FftSteps steps) {
    line_.Forward(channel, gathered_[channel].data() + complete * block_frames_, steps);
  });
}

void LateConvolution::Multiply(Share share, const Work& work) noexcept {
  const std::size_t from = line_.groups() * share.slice / share.count;
  const std::size_t to = line_.groups() * (share.slice + 1) / share.count;
  for (std::size_t sum = 0; sum < work.sums; ++sum) {
    for (std::size_t ch = 0; ch < 2; ++ch) line_.Multiply(*work.filters[sum], from, to, sum, ch);
  }
}

void LateConvolution::Inverse(Share share, const Work& work) noexcept {
  RunSteps(share, 2 * work.sums, [&](std::size_t transform, FftSteps steps) {
    const std::size_t sum = transform / 2;
    const std::size_t channel = transform % 2;
    std::vector<float>& block = next_[sum][channel];
    if (work.filters[sum]->partitions() > 0) {
      line_.Inverse(sum, channel, block.data(), steps);
    } else if (steps.from == 0) {
      std::fill(block.begin(), block.end(), 0.0F);
    }
  });
}

}  // namespace auralis
