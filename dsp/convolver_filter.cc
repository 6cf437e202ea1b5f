#include "dsp/convolver_filter.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "dsp/real_fft.h"

namespace auralis {
namespace {

// `count` partitions of the response from frame `from` on, padded with zeros.
PartitionedFilter Cut(const ImpulseResponse& response, std::size_t from,
                      const PartitionLayout& layout) {
  std::array<std::vector<float>, PartitionedFilter::kPaths> parts;
  PartitionedFilter::Responses responses;
  for (std::size_t path = 0; path < parts.size(); ++path) {
    const std::vector<float>& whole = response.paths[path];
    if (whole.size() <= from || layout.partitions == 0) continue;
    parts[path].assign(layout.length_frames(), 0.0F);
    const std::size_t count = std::min(whole.size() - from, layout.length_frames());
    std::copy_n(whole.data() + from, count, parts[path].data());
    responses[path] = parts[path];
  }
  return {layout, responses};
}

}  // namespace

std::size_t ImpulseResponse::frames() const noexcept {
  std::size_t longest = 0;
  for (const auto& path : paths) longest = std::max(longest, path.size());
  return longest;
}

double PinkGain(const ImpulseResponse& response, double sample_rate_hz) {
  const std::size_t length = std::bit_ceil(std::max<std::size_t>(1024, response.frames()));
  const RealFft fft(length);
  AlignedFloats signal(length);
  AlignedFloats real(fft.bins());
  AlignedFloats imaginary(fft.bins());
  const double bin_hz = sample_rate_hz / static_cast<double>(length);
  const auto low = static_cast<std::size_t>(std::ceil(30.0 / bin_hz));
  const auto high = static_cast<std::size_t>(std::min(16000.0, 0.45 * sample_rate_hz) / bin_hz);
  double power = 0.0;
  double weights = 0.0;
  for (const std::vector<float>& path : response.paths) {
    if (path.empty()) continue;
    std::fill(std::copy(path.begin(), path.end(), signal.begin()), signal.end(), 0.0F);
    fft.Forward(signal.data(), real.data(), imaginary.data());
    for (std::size_t bin = std::max<std::size_t>(1, low); bin <= high; ++bin) {
      const auto re = static_cast<double>(real[bin]);
      const auto im = static_cast<double>(imaginary[bin]);
      power += (re * re + im * im) / static_cast<double>(bin);
    }
  }
  for (std::size_t bin = std::max<std::size_t>(1, low); bin <= high; ++bin) {
    weights += 1.0 / static_cast<double>(bin);
  }
  return std::sqrt(power / (2.0 * weights));
}

ConvolverFilter::ConvolverFilter(const ImpulseResponse& response)
    : near_(Cut(response, ConvolverCut::kHeadFrames,
                {ConvolverCut::kNearFrames, ConvolverCut::NearPartitions(response.frames())})) {
  for (std::size_t i = 0; i < ConvolverCut::kLates; ++i) {
    lates_.push_back(
        Cut(response, ConvolverCut::LateFrom(i),
            {ConvolverCut::kLateFrames[i], ConvolverCut::LatePartitions(i, response.frames())}));
  }
  for (std::size_t path = 0; path < PartitionedFilter::kPaths; ++path) {
    const std::vector<float>& whole = response.paths[path];
    used_[path] = !whole.empty();
    std::copy_n(whole.data(), std::min(whole.size(), ConvolverCut::kHeadFrames),
                head_[path].data());
  }
}

}  // namespace auralis
