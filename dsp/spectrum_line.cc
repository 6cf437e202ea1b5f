#include "dsp/spectrum_line.h"

#include <algorithm>

namespace auralis {

void SpectrumLine::Prepare(std::size_t partition_frames, std::size_t partitions) {
  partitions_ = std::max<std::size_t>(1, partitions);
  fft_ = std::make_unique<OddFft>(partition_frames);
  kernels_ = ResolveSpectrumProductKernels();
  // An odd number of cache lines: the same group of many spectra does not share one set.
  stride_ = 2 * partition_frames + kGroupBins;
  for (AlignedFloats& spectra : spectra_) spectra.assign(stride_ * partitions_, 0.0F);
  for (auto& pair : sums_) {
    for (AlignedFloats& sum : pair) sum.assign(2 * partition_frames, 0.0F);
  }
  newest_ = 0;
}

void SpectrumLine::Reset() noexcept {
  for (AlignedFloats& spectra : spectra_) std::fill(spectra.begin(), spectra.end(), 0.0F);
  for (auto& pair : sums_) {
    for (AlignedFloats& sum : pair) std::fill(sum.begin(), sum.end(), 0.0F);
  }
  newest_ = 0;
}

void SpectrumLine::Advance() noexcept { newest_ = (newest_ == 0 ? partitions_ : newest_) - 1; }

void SpectrumLine::Forward(std::size_t channel, const float* window, FftSteps steps) noexcept {
  fft_->Forward(steps, window, spectra_[channel].data() + stride_ * newest_, kGroupFloats);
}

void SpectrumLine::Multiply(const PartitionedFilter& filter, std::size_t from, std::size_t to,
                            std::size_t sum, std::size_t channel) noexcept {
  using Path = PartitionedFilter::Path;
  const std::array<const float*, 2> filters = {
      filter.path(channel == 0 ? Path::kLeftLeft : Path::kLeftRight),
      filter.path(channel == 0 ? Path::kRightLeft : Path::kRightRight)};
  std::array<SpectrumRun, 4> runs;
  std::size_t count = 0;
  for (std::size_t input = 0; input < 2; ++input) {
    if (filters[input] == nullptr) continue;
    const float* const ring = spectra_[input].data() + kGroupFloats * from;
    const float* const first = filters[input] + filter.group_stride() * from;
    // The ring as two runs, each in order of age; `wrap` is the age at which it begins anew.
    const std::size_t wrap = std::min(partitions_ - newest_, filter.partitions());
    runs[count++] = {ring + stride_ * newest_, first, wrap};
    if (wrap < filter.partitions()) {
      runs[count++] = {ring, first + kGroupFloats * wrap, filter.partitions() - wrap};
    }
  }
  kernels_.sum_products(runs.data(), count, stride_, filter.group_stride(), to - from,
                        sums_[sum][channel].data() + kGroupFloats * from);
}

void SpectrumLine::Inverse(std::size_t sum, std::size_t channel, float* block,
                           FftSteps steps) noexcept {
  fft_->Inverse(steps, sums_[sum][channel].data(), block);
}

}  // namespace auralis
