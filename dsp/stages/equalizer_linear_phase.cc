#include "dsp/stages/equalizer_linear_phase.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace auralis {
namespace {

// Gain squared of a section at every bin: (c2 s^2 + c1 s + c0) / (s^2 + k s + 1), s = j t / g.
void MultiplyByPower(const SvFilter& f, std::span<const double> tan_squared,
                     std::span<double> power) {
  const double c2 = f.m0;
  const double c1 = f.m1 + f.m0 * f.k;
  const double c0 = f.m2 + f.m0;
  for (std::size_t i = 0; i < power.size(); ++i) {
    const double u = tan_squared[i] / (f.g * f.g);
    const double above = (c0 - c2 * u) * (c0 - c2 * u) + c1 * c1 * u;
    const double below = (1.0 - u) * (1.0 - u) + f.k * f.k * u;
    power[i] *= above / below;
  }
}

}  // namespace

EqualizerLinearPhase::EqualizerLinearPhase(double sample_rate_hz, std::size_t bands)
    : layout_(LinearPhaseLayout(sample_rate_hz)), designer_(layout_), bands_(bands) {
  tan_squared_.resize(designer_.bins());
  for (std::size_t i = 0; i < tan_squared_.size(); ++i) {
    // Infinite at the last bin; a section's gain there is that of its top.
    const double tangent =
        std::tan(std::numbers::pi * std::min(designer_.FrequencyOf(i), 0.5 - 1e-9));
    tan_squared_[i] = tangent * tangent;
  }
}

void EqualizerLinearPhase::SetBand(std::size_t band, std::span<const SvFilter> sections,
                                   const Sides& sides) {
  filter_ = nullptr;
  bands_[band].sides = sides;
  bands_[band].power.clear();
  for (const SvFilter& section : sections) {
    if (section.is_identity()) continue;
    bands_[band].power.resize(designer_.bins(), 1.0);
    MultiplyByPower(section, tan_squared_, bands_[band].power);
  }
}

const EqualizerLinearPhase::Item* EqualizerLinearPhase::Filter(float gain) {
  if (filter_ == nullptr || gain != gain_) filter_ = filters_.Make(Compose(gain));
  gain_ = gain;
  return filter_;
}

PartitionedFilter EqualizerLinearPhase::Compose(float gain) {
  const auto works_on = [&](std::size_t side) {
    return std::any_of(bands_.begin(), bands_.end(),
                       [=](const Band& band) { return band.sides[side] && !band.power.empty(); });
  };
  const bool mid_side = works_on(2) || works_on(3);
  if (!mid_side && !works_on(0) && !works_on(1)) {
    return PartitionedFilter::Delay(kLinearPhaseDelayPartitions, gain);
  }
  const std::vector<double> left = GainOf(0);
  const std::vector<double> right = GainOf(1);
  const std::vector<double> mid = GainOf(2);
  const std::vector<double> side = GainOf(3);
  // What goes into left and right first is turned into middle and side, and back.
  const auto response = [&](const std::vector<double>& first, double sign) {
    std::vector<double> gains(designer_.bins());
    for (std::size_t i = 0; i < gains.size(); ++i) {
      gains[i] = static_cast<double>(gain) * 0.5 * (mid[i] + sign * side[i]) * first[i];
    }
    return designer_.ResponseOf(gains);
  };
  std::array<std::vector<float>, PartitionedFilter::kPaths> responses;
  responses[PartitionedFilter::kLeftLeft] = response(left, 1.0);
  const bool alike = left == right;
  responses[PartitionedFilter::kRightRight] =
      alike ? responses[PartitionedFilter::kLeftLeft] : response(right, 1.0);
  if (mid_side) {
    responses[PartitionedFilter::kLeftRight] = response(left, -1.0);
    responses[PartitionedFilter::kRightLeft] =
        alike ? responses[PartitionedFilter::kLeftRight] : response(right, -1.0);
  }
  return {layout_, {responses[0], responses[1], responses[2], responses[3]}};
}

// The product of all bands that work on a side.
std::vector<double> EqualizerLinearPhase::GainOf(std::size_t side) const {
  std::vector<double> gain(designer_.bins(), 1.0);
  for (const Band& band : bands_) {
    if (!band.sides[side] || band.power.empty()) continue;
    for (std::size_t i = 0; i < gain.size(); ++i) gain[i] *= band.power[i];
  }
  for (double& v : gain) v = std::sqrt(v);
  return gain;
}

}  // namespace auralis
