#include "dsp/spectrum_line.h"

#include <algorithm>
#include <utility>

namespace auralis {

void SpectrumLine::Prepare(std::size_t partition_frames, std::size_t partitions) {
  frames_ = partition_frames;
  partitions_ = std::max<std::size_t>(1, partitions);
  fft_ = std::make_unique<RealFft>(2 * frames_);
  stride_ = SpectrumStride(fft_->bins());
  kernels_ = ResolveSpectrumProductKernels();
  for (AlignedFloats& spectra : spectra_) spectra.assign(2 * stride_ * partitions_, 0.0F);
  for (auto& pair : sums_) {
    for (AlignedFloats& sum : pair) sum.assign(2 * stride_, 0.0F);
  }
  window_.assign(2 * frames_, 0.0F);
  newest_ = 0;
}

void SpectrumLine::Reset() noexcept {
  for (AlignedFloats& spectra : spectra_) std::fill(spectra.begin(), spectra.end(), 0.0F);
  for (auto& pair : sums_) {
    for (AlignedFloats& sum : pair) std::fill(sum.begin(), sum.end(), 0.0F);
  }
  for (auto& pair : is_zero_) pair.fill(true);
  newest_ = 0;
}

void SpectrumLine::Advance() noexcept {
  newest_ = (newest_ == 0 ? partitions_ : newest_) - 1;
  for (auto& pair : is_zero_) pair.fill(true);
}

void SpectrumLine::Forward(std::size_t channel, const float* window, FftPart part) noexcept {
  float* const spectrum = spectra_[channel].data() + 2 * stride_ * newest_;
  fft_->Forward(window, spectrum, spectrum + stride_, part);
}

void SpectrumLine::Accumulate(const PartitionedFilter& filter, std::size_t from, std::size_t to,
                              std::size_t sum, std::size_t channel) noexcept {
  using Path = PartitionedFilter::Path;
  if (from >= to) return;
  AlignedFloats& into_all = sums_[sum][channel];
  if (std::exchange(is_zero_[sum][channel], false)) {
    std::fill(into_all.begin(), into_all.end(), 0.0F);
  }
  float* const into = into_all.data();
  Multiply(0, filter.path(channel == 0 ? Path::kLeftLeft : Path::kLeftRight), from, to, into);
  Multiply(1, filter.path(channel == 0 ? Path::kRightLeft : Path::kRightRight), from, to, into);
}

void SpectrumLine::Inverse(std::size_t sum, std::size_t channel, float* block,
                           FftPart part) noexcept {
  if (is_zero_[sum][channel]) {
    std::fill_n(block, frames_, 0.0F);
    return;
  }
  const float* const spectrum = sums_[sum][channel].data();
  fft_->Inverse(spectrum, spectrum + stride_, window_.data(), part);
  if (part == FftPart::kFirst) return;
  std::copy_n(window_.data() + frames_, frames_, block);  // the first half is wrapped round
}

// The ring as two runs, each in order of age.
void SpectrumLine::Multiply(std::size_t channel, const float* filter, std::size_t from,
                            std::size_t to, float* sum) noexcept {
  if (filter == nullptr || from >= to) return;
  const std::size_t size = 2 * stride_;
  const float* const ring = spectra_[channel].data();
  const std::size_t wrap = partitions_ - newest_;  // age at which the ring begins anew
  if (from < wrap) {
    const std::size_t end = std::min(to, wrap);
    kernels_.multiply_add(ring + size * (newest_ + from), filter + size * from, end - from, stride_,
                          sum);
  }
  if (to > wrap) {
    const std::size_t begin = std::max(from, wrap);
    kernels_.multiply_add(ring + size * (begin - wrap), filter + size * begin, to - begin, stride_,
                          sum);
  }
}

}  // namespace auralis
