#include "dsp/stages/equalizer.h"

#include <algorithm>
#include <cmath>

#include "dsp/units.h"

namespace auralis {
namespace {

bool SameBand(const Equalizer::Band& a, const Equalizer::Band& b) noexcept {
  return a.enabled == b.enabled && a.type == b.type && a.frequency_hz == b.frequency_hz &&
         a.gain_db == b.gain_db && a.q == b.q;
}

}  // namespace

void Equalizer::Prepare(const ProcessSpec& spec) {
  sample_rate_hz_ = spec.sample_rate_hz;
  kernels_ = ResolveSvCascadeKernels();
  ramp_frames_ =
      std::max<std::size_t>(1, MsToFrames(static_cast<double>(kRampMs), spec.sample_rate_hz));
  preamp_.Prepare(spec.sample_rate_hz, kParams[1].spec.smoothing_ms);
  cascade_ = {};
  bands_.fill({});
  params_ = DefaultParams<Params>(kParams);
  for (std::size_t b = 0; b < kBands; ++b) {
    const SvFilter filter = DesignBand(params_.bands[b]);
    bands_[b].target = CoefficientsOf(filter);
    bands_[b].idle = filter.is_identity();
  }
  preamp_.SetTarget(DbToGain(params_.preamp_db));
  StartRamp();
  Reset();
}

void Equalizer::Reset() noexcept {
  EndRamp();
  for (auto& channel : cascade_.state) {
    for (auto& plane : channel) std::fill(std::begin(plane), std::end(plane), 0.0F);
  }
  preamp_.SnapTo(preamp_.target());
}

void Equalizer::SetTargets(const Params& params) noexcept {
  const bool switched = (params.enabled >= 0.5F) != (params_.enabled >= 0.5F);
  const Params before = params_;
  params_ = params;
  preamp_.SetTarget(params.enabled >= 0.5F ? DbToGain(params.preamp_db) : 1.0F);
  bool moved = false;
  for (std::size_t b = 0; b < kBands; ++b) {
    if (!switched && SameBand(before.bands[b], params.bands[b])) continue;
    const SvFilter filter = DesignBand(params.bands[b]);
    const Coefficients target = CoefficientsOf(filter);
    moved = moved || target != bands_[b].target;
    bands_[b].target = target;
    bands_[b].idle = filter.is_identity();
  }
  if (moved) StartRamp();
}

void Equalizer::Process(StereoView io) noexcept {
  if (!preamp_.settled() || preamp_.target() != 1.0F) {
    for (std::size_t i = 0; i < io.frames; ++i) {
      const float gain = preamp_.Next();
      io.left[i] *= gain;
      io.right[i] *= gain;
    }
  }
  std::size_t done = 0;
  if (elapsed_frames_ < ramp_frames_) {
    done = std::min(io.frames, ramp_frames_ - elapsed_frames_);
    kernels_.moving(cascade_, ramp(), io.left, io.right, done);
    elapsed_frames_ += done;
    if (elapsed_frames_ == ramp_frames_) EndRamp();
  }
  if (cascade_.sections == 0 || done == io.frames) return;
  kernels_.settled(cascade_, io.left + done, io.right + done, io.frames - done);
}

SvFilter Equalizer::DesignBand(const Band& band) const noexcept {
  const bool on = params_.enabled >= 0.5F && band.enabled >= 0.5F;
  const auto type = on ? static_cast<FilterType>(std::lround(band.type)) : FilterType::kOff;
  return DesignFilter(type, static_cast<double>(band.frequency_hz),
                      static_cast<double>(band.gain_db), static_cast<double>(band.q),
                      sample_rate_hz_);
}

Equalizer::Coefficients Equalizer::CoefficientsOf(const SvFilter& f) noexcept {
  const double a1 = 1.0 / (1.0 + f.g * (f.g + f.k));
  const double a2 = f.g * a1;
  const double a3 = f.g * a2;
  Coefficients c{};
  c[SvCascade::kB1] = static_cast<float>(-2.0 * f.g * (f.g + f.k) * a1);
  c[SvCascade::kB2] = static_cast<float>(2.0 * a2);
  c[SvCascade::kB3] = static_cast<float>(2.0 * a3);
  c[SvCascade::kD0] = static_cast<float>(f.m0 + f.m1 * a2 + f.m2 * a3);
  c[SvCascade::kD1] = static_cast<float>(f.m1 * a1 + f.m2 * a2);
  c[SvCascade::kD2] = static_cast<float>(f.m2 - f.m1 * a2 - f.m2 * a3);
  return c;
}

// Lays out a cascade of the bands that are at work or about to be, each from where it is now to
// its target. A band that comes in starts as the identity at its own poles, at rest; one that
// goes out stays at its poles while it fades to the identity.
void Equalizer::StartRamp() noexcept {
  std::array<Coefficients, kBands> from;
  for (std::size_t b = 0; b < kBands; ++b) {
    if (bands_[b].section != kNoSection) from[b] = Now(bands_[b].section);
  }
  std::swap(cascade_, previous_);
  cascade_.sections = 0;
  elapsed_frames_ = 0;
  const auto as_identity = [](Coefficients c) {
    c[SvCascade::kD0] = 1.0F;
    c[SvCascade::kD1] = c[SvCascade::kD2] = 0.0F;
    return c;
  };
  for (std::size_t b = 0; b < kBands; ++b) {
    const BandState& band = bands_[b];
    const bool was_at_work = band.section != kNoSection;
    if (band.idle && !was_at_work) continue;
    const Coefficients start = was_at_work ? from[b] : as_identity(band.target);
    AddSection(b, start, band.idle ? as_identity(start) : band.target);
  }
}

// At their targets from now on; bands that have become the identity leave the cascade.
void Equalizer::EndRamp() noexcept {
  elapsed_frames_ = ramp_frames_;
  std::swap(cascade_, previous_);
  cascade_.sections = 0;
  for (std::size_t b = 0; b < kBands; ++b) {
    if (bands_[b].idle) {
      bands_[b].section = kNoSection;
    } else if (bands_[b].section != kNoSection) {
      AddSection(b, bands_[b].target, bands_[b].target);
    }
  }
}

Equalizer::Coefficients Equalizer::Now(std::size_t section) const noexcept {
  Coefficients now{};
  // Where the frame before this one was; a ramp that is over has no change left.
  const float at =
      elapsed_frames_ == 0
          ? 0.0F
          : SvRampPosition({.elapsed_frames = elapsed_frames_ - 1, .ramp_frames = ramp_frames_}, 0);
  for (std::size_t c = 0; c < now.size(); ++c) {
    now[c] = cascade_.value[0][c][section] + cascade_.change[0][c][section] * at;
  }
  return now;
}

// Appends a section for `band`, with the state it has in `previous_`, or at rest.
void Equalizer::AddSection(std::size_t band, const Coefficients& from,
                           const Coefficients& to) noexcept {
  const std::size_t old = bands_[band].section;
  const std::size_t section = cascade_.sections++;
  for (std::size_t ch = 0; ch < 2; ++ch) {
    for (std::size_t c = 0; c < from.size(); ++c) {
      cascade_.value[ch][c][section] = from[c];
      cascade_.change[ch][c][section] = to[c] - from[c];
    }
    for (std::size_t s = 0; s < SvCascade::kStates; ++s) {
      cascade_.state[ch][s][section] = old == kNoSection ? 0.0F : previous_.state[ch][s][old];
    }
  }
  bands_[band].section = section;
}

}  // namespace auralis
