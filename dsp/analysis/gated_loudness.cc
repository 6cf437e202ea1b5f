#include "dsp/analysis/gated_loudness.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace auralis {
namespace {

constexpr double kAbsoluteGateLufs = -70.0;
constexpr double kRelativeGateLu = -10.0;
constexpr double kLoudestLufs = 30.0;  // what is louder counts into the last bin
constexpr double kBinsPerLu = 1000.0;
constexpr auto kBins = static_cast<std::size_t>((kLoudestLufs - kAbsoluteGateLufs) * kBinsPerLu);

std::size_t BinOf(double lufs) noexcept {
  const double bin = (lufs - kAbsoluteGateLufs) * kBinsPerLu;
  return static_cast<std::size_t>(std::clamp(bin, 0.0, static_cast<double>(kBins - 1)));
}

// Of the middle of a bin.
double MeanSquareOf(std::size_t bin) noexcept {
  const double lufs = kAbsoluteGateLufs + (static_cast<double>(bin) + 0.5) / kBinsPerLu;
  return std::pow(10.0, (lufs + 0.691) / 10.0);
}

}  // namespace

double LoudnessLufs(double mean_square) noexcept {
  return mean_square > 0.0 ? -0.691 + 10.0 * std::log10(mean_square)
                           : -std::numeric_limits<double>::infinity();
}

void GatedLoudness::Prepare() {
  bins_.assign(kBins, 0);
  all_ = gated_ = Tally{};
  gate_ = 0;
}

void GatedLoudness::Add(double mean_square) noexcept {
  const double lufs = LoudnessLufs(mean_square);
  if (!(lufs >= kAbsoluteGateLufs)) return;
  const std::size_t bin = BinOf(lufs);
  ++bins_[bin];
  ++all_.count;
  all_.sum += mean_square;
  if (bin >= gate_) {
    ++gated_.count;
    gated_.sum += MeanSquareOf(bin);
  }
  MoveGate();
}

// The gate follows the mean, so it rarely crosses more than a few bins that hold anything.
void GatedLoudness::MoveGate() noexcept {
  const std::size_t gate =
      BinOf(LoudnessLufs(all_.sum / static_cast<double>(all_.count)) + kRelativeGateLu);
  for (; gate_ < gate; ++gate_) {
    if (bins_[gate_] == 0) continue;
    gated_.count -= bins_[gate_];
    gated_.sum -= bins_[gate_] * MeanSquareOf(gate_);
  }
  while (gate_ > gate) {
    if (bins_[--gate_] == 0) continue;
    gated_.count += bins_[gate_];
    gated_.sum += bins_[gate_] * MeanSquareOf(gate_);
  }
}

double GatedLoudness::lufs() const noexcept {
  if (gated_.count == 0) return -std::numeric_limits<double>::infinity();
  return LoudnessLufs(gated_.sum / static_cast<double>(gated_.count));
}

}  // namespace auralis
