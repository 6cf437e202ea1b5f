#include "dsp/analysis/onset_meter.h"

#include <algorithm>
#include <cmath>

namespace auralis {
namespace {

constexpr float kFloor = 1e-8F;             // of a band's power: -80 dB below full scale
constexpr float kLeastRiseDb = 3.0F;        // in the mean of all bands, over what is usual
constexpr double kRefractorySeconds = 0.1;  // one onset rises over two windows that overlap
constexpr double kMemorySeconds = 10.0;

}  // namespace

void OnsetMeter::Prepare(double hops_per_s) {
  *this = {};
  hops_per_s_ = hops_per_s;
  since_onset_s_ = kRefractorySeconds;
}

void OnsetMeter::Push(std::span<const float, kBarkBands> power) noexcept {
  float flux_db = 0.0F;
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    const float db = 10.0F * std::log10(std::max(power[band], kFloor));
    if (heard_ > 0) flux_db += std::max(0.0F, db - last_db_[band]);
    last_db_[band] = db;
  }
  flux_db /= static_cast<float>(kBarkBands);
  std::array<float, kRecent> sorted = recent_;
  std::nth_element(sorted.begin(), sorted.begin() + kRecent / 2, sorted.end());
  const bool rises = heard_ > 0 && flux_db > sorted[kRecent / 2] + kLeastRiseDb;
  recent_[at_] = flux_db;
  at_ = (at_ + 1) % kRecent;

  since_onset_s_ = std::min(1.0, since_onset_s_ + 1.0 / hops_per_s_);
  const bool onset = rises && since_onset_s_ >= kRefractorySeconds;
  if (onset) since_onset_s_ = 0.0;
  heard_ = std::min(heard_ + 1, static_cast<std::size_t>(kMemorySeconds * hops_per_s_));
  // The mean over what was heard, which turns into an exponential one.
  rate_ += ((onset ? hops_per_s_ : 0.0) - rate_) / static_cast<double>(heard_);
}

}  // namespace auralis
