#include "dsp/convolver_filter.h"

#include <algorithm>

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

ConvolverFilter::ConvolverFilter(const ImpulseResponse& response)
    : far_partitions_(ConvolverCut::FarPartitions(response.frames())),
      near_(Cut(response, ConvolverCut::kHeadFrames,
                {ConvolverCut::kNearFrames, ConvolverCut::kNearPartitions})),
      far_(Cut(response, ConvolverCut::kFarFrom, {ConvolverCut::kFarFrames, far_partitions_})) {
  for (std::size_t path = 0; path < PartitionedFilter::kPaths; ++path) {
    const std::vector<float>& whole = response.paths[path];
    used_[path] = !whole.empty();
    std::copy_n(whole.data(), std::min(whole.size(), ConvolverCut::kHeadFrames),
                head_[path].data());
  }
}

}  // namespace auralis
