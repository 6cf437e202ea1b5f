#include "dsp/analysis/spectrum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace auralis {
namespace {

constexpr double kLowestHz = 20.0;
constexpr double kHighestHz = 20000.0;
constexpr double kCrossoverHz = 700.0;
// Bins of the upper tier are at most this wide: a band at the crossover is seven of them.
constexpr double kWidestBinHz = 11.75;
constexpr std::size_t kLowerLength = 4096;
// The lower tier's rate is this many bins of the upper: 3 to 6 kHz.
constexpr std::size_t kLowerRateBins = 512;
// An eighth of the lower hop early, a quarter of the upper: with two spectra at phases 0 and 1/2
// all four transforms fall due apart.
constexpr double kLowerPhase = 7.0 / 8.0;
constexpr float kSilence = -std::numeric_limits<float>::infinity();

double BandRatio() noexcept {
  return std::pow(kHighestHz / kLowestHz, 1.0 / static_cast<double>(kSpectrumBands - 1));
}

std::size_t PhaseFrames(double phase, std::size_t hop) noexcept {
  return hop - static_cast<std::size_t>(phase * static_cast<double>(hop));
}

// A tone stands where a bin tops its neighbours, and all but a thousandth of it is within two bins
// of that. Its power there, 0 where there is none. No branches: noise would defeat any prediction.
void FindTones(std::span<const float> power, std::size_t first, std::size_t last,
               std::span<float> tones) noexcept {
  const float* p = power.data();
  last = std::min(last, power.size() - 3);
  for (std::size_t k = std::max<std::size_t>(first, 2); k <= last; ++k) {
    const float lobe = p[k - 2] + p[k - 1] + p[k] + p[k + 1] + p[k + 2];
    const float before = p[k] >= p[k - 1] ? lobe : 0.0F;
    tones[k] = p[k] >= p[k + 1] ? before : 0.0F;
  }
}

struct SumAndLargest {
  float sum = 0.0F;
  float largest = 0.0F;
};

// Sum of `power`, in independent lanes.
float SumOf(std::span<const float> power, std::size_t first, std::size_t end) noexcept {
  constexpr std::size_t kLanes = 8;
  std::array<float, kLanes> sums{};
  std::size_t k = first;
  for (; k + kLanes <= end; k += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += power[k + lane];
  }
  for (; k < end; ++k) sums[0] += power[k];
  return std::accumulate(sums.begin(), sums.end(), 0.0F);
}

// Sum of `power` and largest of `tones` from `first` up to `end`, in independent lanes.
SumAndLargest Scan(std::span<const float> power, std::span<const float> tones, std::size_t first,
                   std::size_t end) noexcept {
  constexpr std::size_t kLanes = 8;
  std::array<float, kLanes> sums{};
  std::array<float, kLanes> largest{};
  std::size_t k = first;
  for (; k + kLanes <= end; k += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += power[k + lane];
      largest[lane] = std::max(largest[lane], tones[k + lane]);
    }
  }
  for (; k < end; ++k) {
    sums[0] += power[k];
    largest[0] = std::max(largest[0], tones[k]);
  }
  SumAndLargest result;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    result.sum += sums[lane];
    result.largest = std::max(result.largest, largest[lane]);
  }
  return result;
}

}  // namespace

double SpectrumBandHz(std::size_t band) noexcept {
  return kLowestHz * std::pow(BandRatio(), static_cast<double>(band));
}

void Spectrum::Prepare(double sample_rate_hz, double phase) {
  const std::size_t length = std::bit_ceil(static_cast<std::size_t>(sample_rate_hz / kWidestBinHz));
  const std::size_t factor = std::max<std::size_t>(1, length / kLowerRateBins);
  decimator_.Prepare(factor);
  upper_.Prepare(sample_rate_hz, length, length / 2, phase);
  lower_.Prepare(sample_rate_hz / static_cast<double>(factor), kLowerLength, kLowerLength / 8,
                 std::fmod(phase + kLowerPhase, 1.0));
  AddBands(sample_rate_hz);
  readings_ = {};
  readings_.bands_dbfs.fill(kSilence);
  readings_.onsets.Prepare(sample_rate_hz / static_cast<double>(upper_.hop_frames));
}

void Spectrum::AddBands(double sample_rate_hz) {
  const double half_rate_hz = 0.5 * sample_rate_hz;
  const auto tier_of = [&](double hz) -> Tier& { return hz < kCrossoverHz ? lower_ : upper_; };
  const double half_band = std::sqrt(BandRatio());
  for (std::size_t band = 0; band < kSpectrumBands; ++band) {
    const double centre = SpectrumBandHz(band);
    if (centre >= half_rate_hz) break;
    Tier& tier = tier_of(centre);
    tier.bands.push_back(tier.BandBetween(band, centre / half_band, centre * half_band));
  }
  const auto add_power = [&](Tier& tier, std::size_t index, double low_hz, double high_hz) {
    if (low_hz < half_rate_hz) tier.powers.push_back(tier.BandBetween(index, low_hz, high_hz));
  };
  for (std::size_t band = 0; band < kBarkBands; ++band) {
    const double low = kBarkEdgesHz[band];
    const double high = kBarkEdgesHz[band + 1];
    add_power(tier_of(BarkCentreHz(band)), kCritical + band, low, high);
    add_power(upper_, kQuick + band, low, high);
  }
  for (std::size_t zone = 0; zone < kZones; ++zone) {
    add_power(tier_of(ZoneCentreHz(zone)), kZone + zone, kZoneEdgesHz[zone],
              kZoneEdgesHz[zone + 1]);
  }
}

void Spectrum::Push(const float* left, const float* right, std::size_t frames) noexcept {
  std::array<float, Decimator::kMaxFrames> low_left;
  std::array<float, Decimator::kMaxFrames> low_right;
  while (frames > 0) {
    const std::size_t piece = std::min(frames, Decimator::kMaxFrames);
    upper_.Push(left, right, piece, [this] {
      readings_.shape = MeasureShape(upper_.Measure(readings_), upper_.bin_hz);
      readings_.onsets.Push(std::span(readings_.powers).subspan<kQuick, kBarkBands>());
    });
    const std::size_t low = decimator_.Push(left, right, piece, low_left.data(), low_right.data());
    lower_.Push(low_left.data(), low_right.data(), low, [this] { lower_.Measure(readings_); });
    left += piece;
    right += piece;
    frames -= piece;
  }
}

void Spectrum::Skip() noexcept {
  upper_.missing_frames = upper_.power.length();
  lower_.missing_frames = lower_.power.length();
}

void Spectrum::Tier::Prepare(double rate_hz, std::size_t length, std::size_t hop, double phase) {
  power.Prepare(length);
  bands.clear();
  powers.clear();
  ring.assign(2 * length, 0.0F);
  tones.assign(length / 2 + 1, 0.0F);
  at = 0;
  hop_frames = hop;
  until_hop = PhaseFrames(phase, hop);
  missing_frames = 0;
  bin_hz = rate_hz / static_cast<double>(length);
}

Spectrum::Band Spectrum::Tier::BandBetween(std::size_t index, double low_hz, double high_hz) const {
  const std::size_t half = power.length() / 2;
  // Bin k is what lies between k - 1/2 and k + 1/2.
  const double low = low_hz / bin_hz + 0.5;
  const double high = std::min(high_hz / bin_hz + 0.5, static_cast<double>(half));
  return {.index = index,
          .first_bin = static_cast<std::size_t>(low),
          .last_bin = static_cast<std::size_t>(high),
          .first_share = static_cast<float>(1.0 - (low - std::floor(low))),
          .last_share = static_cast<float>(high - std::floor(high))};
}

template <class Due>
void Spectrum::Tier::Push(const float* left, const float* right, std::size_t frames,
                          const Due& due) noexcept {
  const std::size_t length = power.length();
  while (frames > 0) {
    const std::size_t run = std::min({frames, until_hop, length - at});
    float* to = ring.data() + 2 * at;
    for (std::size_t i = 0; i < run; ++i) {
      to[2 * i] = left[i];
      to[2 * i + 1] = right[i];
    }
    left += run;
    right += run;
    frames -= run;
    at = (at + run) % length;
    missing_frames -= std::min(missing_frames, run);
    until_hop -= run;
    if (until_hop > 0) continue;
    until_hop = hop_frames;
    if (missing_frames == 0) due();
  }
}

std::span<const float> Spectrum::Tier::Measure(Readings& readings) noexcept {
  const std::span<const float> bins = power.Measure(ring.data(), at);
  const auto inside = [&bins](const Band& band, float sum) {
    return sum - (1.0F - band.first_share) * bins[band.first_bin] -
           (1.0F - band.last_share) * bins[band.last_bin];
  };
  for (const Band& band : powers) {
    readings.powers[band.index] =
        std::max(0.0F, inside(band, SumOf(bins, band.first_bin, band.last_bin + 1)));
  }
  if (bands.empty()) return bins;
  FindTones(bins, bands.front().first_bin, bands.back().last_bin, tones);
  for (const Band& band : bands) {
    const SumAndLargest total = Scan(bins, tones, band.first_bin, band.last_bin + 1);
    const float level = std::max(inside(band, total.sum), total.largest);
    readings.bands_dbfs[band.index] = level > 0.0F ? 10.0F * std::log10(level) : kSilence;
  }
  return bins;
}

}  // namespace auralis
