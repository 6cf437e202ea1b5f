#include "dsp/partitioned_filter.h"

#include <algorithm>

#include "dsp/odd_fft.h"

namespace auralis {

PartitionedFilter::PartitionedFilter(const PartitionLayout& layout, const Responses& responses)
    : partitions_(layout.partitions) {
  const std::size_t frames = layout.partition_frames;
  const OddFft fft(frames);
  AlignedFloats window(2 * frames);
  // The inverse transform is as many times too large as it has bins.
  const float scale = 1.0F / static_cast<float>(frames);
  for (std::size_t path = 0; path < kPaths; ++path) {
    if (responses[path].empty()) continue;
    spectra_[path].assign(2 * layout.length_frames(), 0.0F);
    for (std::size_t p = 0; p < layout.partitions; ++p) {
      const auto part = responses[path].subspan(p * frames, frames);
      std::transform(part.begin(), part.end(), window.begin(), [=](float v) { return scale * v; });
      fft.Forward(fft.all(), window.data(), spectra_[path].data() + kGroupFloats * p,
                  group_stride());
    }
  }
}

}  // namespace auralis
