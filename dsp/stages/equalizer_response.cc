#include "dsp/stages/equalizer_response.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "dsp/matched_filter.h"
#include "dsp/units.h"

namespace auralis {
namespace {

template <class E>
E ChoiceOf(float value) {
  return static_cast<E>(std::lround(value));
}

}  // namespace

EqualizerBandSections DesignEqualizerBand(const Equalizer::Band& band, double sample_rate_hz) {
  EqualizerBandSections sections;
  if (band.enabled < 0.5F) return sections;
  const auto type = ChoiceOf<FilterType>(band.type);
  const auto frequency_hz = static_cast<double>(band.frequency_hz);
  const auto gain_db = static_cast<double>(band.gain_db);
  const auto q = static_cast<double>(band.q);
  switch (type) {
    case FilterType::kBell:
    case FilterType::kLowShelf:
    case FilterType::kHighShelf:
    case FilterType::kTilt: {
      const MatchedFilter matched =
          DesignMatchedFilter(type, frequency_hz, gain_db, q, sample_rate_hz);
      std::copy(matched.sections.begin(), matched.sections.end(), sections.begin());
      return sections;
    }
    case FilterType::kLowPass:
    case FilterType::kHighPass:
      return DesignSlope(type, ChoiceOf<FilterSlope>(band.slope), frequency_hz, q, sample_rate_hz)
          .sections;
    default:
      sections[0] = DesignFilter(type, frequency_hz, gain_db, q, sample_rate_hz);
      return sections;
  }
}

void EqualizerTransfer::Multiply(Equalizer::Channel channel, std::complex<double> transfer) {
  using Channel = Equalizer::Channel;
  if (channel == Channel::kStereo || channel == Channel::kLeft) left *= transfer;
  if (channel == Channel::kStereo || channel == Channel::kRight) right *= transfer;
  if (channel == Channel::kMid) mid *= transfer;
  if (channel == Channel::kSide) side *= transfer;
}

void EqualizerCurve::Design(const Equalizer::Params& params) {
  for (std::size_t b = 0; b < Equalizer::kBands; ++b) {
    if (params.bands[b] == params_.bands[b]) continue;
    bands_[b] = DesignEqualizerBand(params.bands[b], sample_rate_hz_);
  }
  params_ = params;
}

double EqualizerCurve::GainDbAt(double frequency_hz) const {
  if (params_.enabled < 0.5F) return 0.0;
  const double held_hz = std::min(frequency_hz, 0.4999 * sample_rate_hz_);
  const double tangent = std::tan(std::numbers::pi * held_hz / sample_rate_hz_);
  EqualizerTransfer all;
  for (std::size_t b = 0; b < Equalizer::kBands; ++b) {
    for (const SvFilter& section : bands_[b]) {
      if (section.is_identity()) continue;
      all.Multiply(ChoiceOf<Equalizer::Channel>(params_.bands[b].channel),
                   section.TransferAt(tangent));
    }
  }
  // Left and right apart make a difference of the sides, where the bands of `side` work.
  const double power = std::norm(0.5 * (all.left + all.right) * all.mid) +
                       std::norm(0.5 * (all.left - all.right) * all.side);
  return static_cast<double>(params_.preamp_db) + GainToDb(std::sqrt(power));
}

}  // namespace auralis
