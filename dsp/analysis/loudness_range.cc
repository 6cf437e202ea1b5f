#include "dsp/analysis/loudness_range.h"

#include <algorithm>
#include <cmath>

#include "dsp/analysis/gated_loudness.h"

namespace auralis {
namespace {

constexpr double kAbsoluteGateLufs = -70.0;
constexpr double kRelativeGateLu = -20.0;
constexpr double kLoudestLufs = 30.0;  // what is louder counts into the last bin
constexpr double kBinsPerLu = 100.0;
constexpr auto kBins = static_cast<std::size_t>((kLoudestLufs - kAbsoluteGateLufs) * kBinsPerLu);
constexpr double kLowShare = 0.10;
constexpr double kHighShare = 0.95;

std::size_t BinOf(double lufs) noexcept {
  const double bin = (lufs - kAbsoluteGateLufs) * kBinsPerLu;
  return static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(kBins - 1)));
}

}  // namespace

void LoudnessRange::Prepare() {
  bins_.assign(kBins, 0);
  count_ = 0;
  sum_ = 0.0;
  changed_ = false;
  lu_ = 0.0;
}

void LoudnessRange::Add(double mean_square) noexcept {
  const double lufs = LoudnessLufs(mean_square);
  if (!(lufs >= kAbsoluteGateLufs)) return;
  ++bins_[BinOf(lufs)];
  ++count_;
  sum_ += mean_square;
  changed_ = true;
}

double LoudnessRange::lu() noexcept {
  if (!changed_) return lu_;
  changed_ = false;
  const std::size_t gate =
      BinOf(LoudnessLufs(sum_ / static_cast<double>(count_)) + kRelativeGateLu);
  std::uint64_t gated = 0;
  for (std::size_t bin = gate; bin < kBins; ++bin) gated += bins_[bin];
  // The value at a share of the sorted list, whose places count from 0.
  const auto percentile = [&](double share) {
    const auto place =
        static_cast<std::uint64_t>(std::llround(share * static_cast<double>(gated - 1)));
    std::uint64_t below = 0;
    std::size_t bin = gate;
    for (; bin + 1 < kBins; ++bin) {
      below += bins_[bin];
      if (below > place) break;
    }
    return (static_cast<double>(bin) + 0.5) / kBinsPerLu;
  };
  lu_ = percentile(kHighShare) - percentile(kLowShare);
  return lu_;
}

}  // namespace auralis
