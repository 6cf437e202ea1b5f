// The control side of the equalizer: from bands to sections, and how loud they get together.

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

#include "dsp/stages/equalizer.h"
#include "dsp/stages/equalizer_linear_phase.h"
#include "dsp/stages/equalizer_response.h"
#include "dsp/units.h"

namespace auralis {
namespace {

template <class E>
E ChoiceOf(float value) {
  return static_cast<E>(std::lround(value));
}

// From here on a change is no ramp: between two filters that have little in common lie others,
// louder ones among them, and many that move at once amplify each other's movement.
constexpr double kFar = 1.0;
constexpr double kFarDb = 12.0;

double WayBetween(const Equalizer::Band& from, const Equalizer::Band& to) {
  if (from.enabled != to.enabled || from.type != to.type || from.slope != to.slope ||
      from.channel != to.channel) {
    return kFar;
  }
  const auto octaves = [](float a, float b) {
    return std::abs(std::log2(static_cast<double>(b) / static_cast<double>(a)));
  };
  return static_cast<double>(std::abs(to.gain_db - from.gain_db)) / kFarDb +
         octaves(from.frequency_hz, to.frequency_hz) + 0.5 * octaves(from.q, to.q);
}

}  // namespace

Equalizer::Designer::Designer(const ProcessSpec& spec) : sample_rate_hz_(spec.sample_rate_hz) {}
Equalizer::Designer::~Designer() = default;
Equalizer::Designer::Designer(Designer&&) noexcept = default;

const Equalizer::Targets& Equalizer::Designer::Design(const Params& params) {
  if (params == params_) return targets_;
  const bool switched = (params.enabled >= 0.5F) != (params_.enabled >= 0.5F);
  const Params before = params_;
  params_ = params;
  const bool linear = params.phase >= 0.5F;
  double way = switched ? kFar : 0.0;
  for (std::size_t b = 0; b < kBands; ++b) {
    if (switched || before.bands[b] != params.bands[b]) way += Redesign(b, before.bands[b]);
  }
  if (linear && !linear_phase_) {
    linear_phase_ = std::make_unique<EqualizerLinearPhase>(sample_rate_hz_, kBands);
    for (std::size_t b = 0; b < kBands; ++b) PlaceInLinearPhase(b);
  }
  double preamp_db = params.enabled >= 0.5F ? static_cast<double>(params.preamp_db) : 0.0;
  if (params.enabled >= 0.5F && params.auto_headroom >= 0.5F) {
    preamp_db = std::min(preamp_db, -std::max(0.0, LargestGainDb()));
  }
  way += std::abs(preamp_db - GainToDb(static_cast<double>(targets_.preamp_gain))) / kFarDb;
  targets_.preamp_gain = static_cast<float>(DbToGain(preamp_db));
  targets_.linear_phase = linear ? linear_phase_->Filter(targets_.preamp_gain) : nullptr;
  if (way >= kFar) ++targets_.jumps;
  return targets_;
}

// How far the band moves on the way from `before`.
double Equalizer::Designer::Redesign(std::size_t index, const Band& before) {
  const auto is_heard = [&] {
    return std::any_of(bands_[index].sections.begin(), bands_[index].sections.end(),
                       [](const SvFilter& section) { return !section.is_identity(); });
  };
  const bool was_heard = is_heard();
  DesignBand(params_.bands[index], bands_[index]);
  PlaceBand(index);
  if (linear_phase_) PlaceInLinearPhase(index);
  return was_heard || is_heard() ? WayBetween(before, params_.bands[index]) : 0.0;
}

void Equalizer::Designer::DesignBand(const Band& band, DesignedBand& designed) const {
  designed.band = band;
  designed.sections.fill({});
  if (params_.enabled >= 0.5F) designed.sections = DesignEqualizerBand(band, sample_rate_hz_);
}

// Writes a band's sections to the side they work on, and off to the other.
void Equalizer::Designer::PlaceBand(std::size_t index) {
  const auto channel = ChoiceOf<Channel>(params_.bands[index].channel);
  const bool on_sum = channel == Channel::kMid || channel == Channel::kSide;
  auto side = SvTarget::Side::kBoth;
  if (channel == Channel::kLeft || channel == Channel::kMid) side = SvTarget::Side::kFirst;
  if (channel == Channel::kRight || channel == Channel::kSide) side = SvTarget::Side::kSecond;
  for (std::size_t s = 0; s < kSectionsPerBand; ++s) {
    const std::size_t slot = index * kSectionsPerBand + s;
    const SvTarget target = MakeSvTarget(bands_[index].sections[s], side);
    targets_.left_right[slot] = on_sum ? SvTarget{} : target;
    targets_.mid_side[slot] = on_sum ? target : SvTarget{};
  }
}

void Equalizer::Designer::PlaceInLinearPhase(std::size_t index) {
  const auto channel = ChoiceOf<Channel>(bands_[index].band.channel);
  const auto is = [=](auto... channels) { return ((channel == channels) || ...); };
  linear_phase_->SetBand(
      index, bands_[index].sections,
      {is(Channel::kStereo, Channel::kLeft), is(Channel::kStereo, Channel::kRight),
       is(Channel::kMid), is(Channel::kSide)});
}

// The highest gain of any frequency into any channel, all bands together, without the preamp.
double Equalizer::Designer::LargestGainDb() const {
  // A grid fine enough to find every hill, and every band's own frequency; then the top of the
  // highest hill.
  constexpr int kPoints = 500;
  const double bottom_hz = 10.0;
  const double top_hz = 0.4999 * sample_rate_hz_;
  const double step = std::pow(top_hz / bottom_hz, 1.0 / kPoints);
  double best_hz = bottom_hz;
  double best = 0.0;
  const auto look_at = [&](double frequency_hz) {
    const double gain = LargestGainAt(frequency_hz);
    if (gain <= best) return;
    best = gain;
    best_hz = frequency_hz;
  };
  for (int i = 0; i <= kPoints; ++i) look_at(bottom_hz * std::pow(step, i));
  for (const DesignedBand& band : bands_) {
    for (const SvFilter& section : band.sections) {
      if (section.is_identity()) continue;
      look_at(std::atan(section.g) * sample_rate_hz_ / std::numbers::pi);
    }
  }
  for (double width = step; width > 1.0 + 1e-6; width = std::sqrt(std::sqrt(width))) {
    const double centre_hz = best_hz;
    for (int i = -8; i <= 8; ++i) {
      look_at(std::min(top_hz, centre_hz * std::pow(width, i / 8.0)));
    }
  }
  return GainToDb(best);
}

double Equalizer::Designer::LargestGainAt(double frequency_hz) const {
  const double tangent = std::tan(std::numbers::pi * frequency_hz / sample_rate_hz_);
  EqualizerTransfer all;
  for (const DesignedBand& band : bands_) {
    const auto channel = ChoiceOf<Channel>(band.band.channel);
    for (const SvFilter& section : band.sections) {
      if (!section.is_identity()) all.Multiply(channel, section.TransferAt(tangent));
    }
  }
  auto [left, right, mid, side] = all;
  if (params_.phase >= 0.5F) {
    mid = std::abs(mid);
    side = std::abs(side);
  }
  // Middle and side apart mix the channels: at worst both arrive in phase.
  const double straight = std::abs(0.5 * (mid + side));
  const double across = std::abs(0.5 * (mid - side));
  return std::max(straight * std::abs(left) + across * std::abs(right),
                  straight * std::abs(right) + across * std::abs(left));
}

}  // namespace auralis
