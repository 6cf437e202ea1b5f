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
  const FftPart begins = schedule_.halves ? FftPart::kFirst : FftPart::kWhole;
  const std::size_t ends_after = schedule_.halves ? 1 : 0;
  for (std::size_t ch = 0; ch < 2; ++ch) {
    if (slice == schedule_.forward[ch]) Forward(ch, begins);
    if (slice == schedule_.inverse[ch]) Inverse(kCurrent, ch, begins, work);
    if (slice == schedule_.forward[ch] + 1 && schedule_.halves) Forward(ch, FftPart::kSecond);
    if (slice == schedule_.inverse[ch] + 1 && schedule_.halves) {
      Inverse(kCurrent, ch, FftPart::kSecond, work);
    }
    if (slice == schedule_.inverse[ch] + ends_after && work.sums > 1) {
      Inverse(kIncoming, ch, FftPart::kWhole, work);
    }
  }
  if (slice >= schedule_.products_from && slice < schedule_.products_to) {
    Multiply(slice - schedule_.products_from, schedule_.products_to - schedule_.products_from,
             work);
  }
}

void LateConvolution::Multiply(std::size_t part, std::size_t parts, const Work& work) noexcept {
  for (std::size_t sum = 0; sum < work.sums; ++sum) {
    const std::size_t from = work.partitions[sum] * part / parts;
    const std::size_t to = work.partitions[sum] * (part + 1) / parts;
    for (std::size_t ch = 0; ch < 2; ++ch) {
      line_.Accumulate(*work.filters[sum], from, to, sum, ch);
    }
  }
}

void LateConvolution::Forward(std::size_t channel, FftPart part) noexcept {
  const std::size_t complete = (gathering_ + kGathered - 1) % kGathered;
  line_.Forward(channel, gathered_[channel].data() + complete * block_frames_, part);
}

void LateConvolution::Inverse(std::size_t sum, std::size_t channel, FftPart part,
                              const Work& work) noexcept {
  std::vector<float>& block = next_[sum][channel];
  if (work.partitions[sum] == 0) {
    std::fill(block.begin(), block.end(), 0.0F);
  } else {
    line_.Inverse(sum, channel, block.data(), part);
  }
}

}  // namespace auralis
