#include "config/importers/linear_chain.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <limits>
#include <numbers>
#include <unsupported/Eigen/FFT>

#include "dsp/matched_filter.h"
#include "dsp/stages/equalizer.h"
#include "dsp/units.h"

namespace auralis {
namespace {

constexpr double kResponseSeconds = 65536.0 / 48000.0;
constexpr double kMostPreampDb = 36.0;

bool TakesGain(FilterType type) {
  return type == FilterType::kBell || type == FilterType::kLowShelf ||
         type == FilterType::kHighShelf || type == FilterType::kTilt;
}

// The trapezoidal state-variable filter, in double (A. Simper, 2013).
void RunSection(const SvFilter& filter, std::vector<double>& samples) {
  const double a1 = 1.0 / (1.0 + filter.g * (filter.g + filter.k));
  const double a2 = filter.g * a1;
  const double a3 = filter.g * a2;
  double s1 = 0.0;
  double s2 = 0.0;
  for (double& x : samples) {
    const double v3 = x - s2;
    const double v1 = a1 * s1 + a2 * v3;
    const double v2 = s2 + a2 * s1 + a3 * v3;
    s1 = 2.0 * v1 - s1;
    s2 = 2.0 * v2 - s2;
    x = filter.m0 * x + filter.m1 * v1 + filter.m2 * v2;
  }
}

// A biquad of that rate is another curve than the prototype, which our bands follow.
bool IsSqueezed(const LinearFilter& filter, double rate_hz) {
  constexpr double kAudibleDb = 0.02;
  if (!TakesGain(filter.type)) return false;
  const SvFilter biquad =
      DesignFilter(filter.type, filter.frequency_hz, filter.gain_db, filter.q, rate_hz);
  const double top_hz = std::min(20000.0, 0.49 * rate_hz);
  for (double hz = 20.0; hz < top_hz; hz *= 1.02) {
    const double tangent = std::tan(std::numbers::pi * hz / rate_hz);
    const double biquad_db = 20.0 * std::log10(std::abs(biquad.TransferAt(tangent)));
    const double wanted_db =
        PrototypeGainDb(filter.type, filter.frequency_hz, filter.gain_db, filter.q, hz);
    if (std::abs(biquad_db - wanted_db) > kAudibleDb) return true;
  }
  return false;
}

double PeakOf(const std::vector<double>& path) {
  double peak = 0.0;
  for (const double x : path) {
    if (!std::isfinite(x)) return std::numeric_limits<double>::infinity();
    peak = std::max(peak, std::abs(x));
  }
  return peak;
}

}  // namespace

double QOfSlope(double s, double gain_db) {
  const double a = std::pow(10.0, gain_db / 40.0);
  return 1.0 / std::sqrt((a + 1.0 / a) * (1.0 / s - 1.0) + 2.0);
}

double QOfBandwidth(double octaves) { return 0.5 / std::sinh(0.5 * std::numbers::ln2 * octaves); }

LinearChain::LinearChain(double rate_hz, bool as_biquads)
    : rate_hz_(rate_hz), as_biquads_(as_biquads) {
  auto frames = static_cast<std::size_t>(rate_hz * kResponseSeconds);
  frames += frames % 2;
  for (std::size_t side = 0; side < 2; ++side) {
    Paths& paths = paths_[side == 0 ? "L" : "R"];
    for (Path& path : paths) path.assign(frames, 0.0);
    paths[side][0] = 1.0;
  }
}

LinearChain::Names LinearChain::All() const {
  Names names;
  for (const auto& [name, paths] : paths_) names.push_back(name);
  return names;
}

template <class Function>
void LinearChain::Each(const Names& names, const Function& function) {
  for (auto& [name, paths] : paths_) {
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    rendered_ = true;
    for (Path& path : paths) {
      if (PeakOf(path) != 0.0) function(path);
    }
  }
}

bool LinearChain::IsBoth(const Names& names) const {
  const auto has = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  return has("L") && has("R");
}

bool LinearChain::FitsBand(const LinearFilter& filter) const {
  if (as_biquads_ && IsSqueezed(filter, rate_hz_)) return false;
  return !mixed_ && bands_.size() < Equalizer::kBands && filter.frequency_hz >= 10.0 &&
         filter.frequency_hz <= 96000.0 && std::abs(filter.gain_db) <= 36.0 && filter.q >= 0.1 &&
         filter.q <= 100.0;
}

void LinearChain::Filter(const Names& names, const LinearFilter& filter) {
  if (TakesGain(filter.type) && filter.gain_db == 0.0) return;
  if (FitsBand(filter)) {
    const bool left = std::find(names.begin(), names.end(), "L") != names.end();
    const bool right = std::find(names.begin(), names.end(), "R") != names.end();
    if (left || right) bands_.emplace_back(filter, left && right ? 0U : left ? 1U : 2U);
    return;
  }
  const bool is_pass = filter.type == FilterType::kLowPass || filter.type == FilterType::kHighPass;
  Each(names, [&](Path& path) {
    if (!is_pass) {
      return RunSection(
          DesignFilter(filter.type, filter.frequency_hz, filter.gain_db, filter.q, rate_hz_), path);
    }
    const SlopeSections slope =
        DesignSlope(filter.type, filter.slope, filter.frequency_hz, filter.q, rate_hz_);
    for (std::size_t i = 0; i < slope.count; ++i) RunSection(slope.sections[i], path);
  });
}

void LinearChain::Gain(const Names& names, double gain_db) {
  if (!mixed_ && IsBoth(names) && std::abs(preamp_db_ + gain_db) <= kMostPreampDb) {
    preamp_db_ += gain_db;
    says_preamp_ = true;
    return;
  }
  if (gain_db != 0.0) Scale(names, std::pow(10.0, gain_db / 20.0));
}

void LinearChain::Scale(const Names& names, double factor) {
  Each(names, [&](Path& path) {
    for (double& x : path) x *= factor;
  });
}

void LinearChain::Invert(const Names& names) { Scale(names, -1.0); }
void LinearChain::Silence(const Names& names) { Scale(names, 0.0); }

void LinearChain::Delay(const Names& names, double seconds) {
  const auto frames = static_cast<std::ptrdiff_t>(std::lround(seconds * rate_hz_));
  if (frames <= 0) return;
  Each(names, [&](Path& path) {
    const auto kept = std::max<std::ptrdiff_t>(0, std::ssize(path) - frames);
    std::copy_backward(path.begin(), path.begin() + kept, path.end());
    std::fill(path.begin(), path.end() - kept, 0.0);
  });
}

void LinearChain::Convolve(const Names& names, const std::vector<double>& response) {
  const std::size_t frames = paths_.at("L")[0].size();
  if (response.size() > frames) {  // room for a response longer than the usual
    for (auto& [name, paths] : paths_) {
      for (Path& path : paths) path.resize(response.size() + response.size() % 2, 0.0);
    }
  }
  Eigen::FFT<double> fft;
  fft.SetFlag(Eigen::FFT<double>::HalfSpectrum);
  const std::size_t length = std::bit_ceil(2 * paths_.at("L")[0].size());
  const auto spectrum_of = [&](std::vector<double> samples) {
    samples.resize(length, 0.0);
    std::vector<std::complex<double>> spectrum;
    fft.fwd(spectrum, samples);
    return spectrum;
  };
  const auto by = spectrum_of(response);
  Each(names, [&](Path& path) {
    const std::size_t kept = path.size();
    auto spectrum = spectrum_of(path);
    for (std::size_t bin = 0; bin < spectrum.size(); ++bin) spectrum[bin] *= by[bin];
    fft.inv(path, spectrum, static_cast<Eigen::Index>(length));
    path.resize(kept);
  });
}

bool LinearChain::Recur(const Names& names, const std::vector<double>& b,
                        const std::vector<double>& a) {
  Path response(paths_.at("L")[0].size(), 0.0);
  for (std::size_t n = 0; n < response.size(); ++n) {
    double y = n < b.size() ? b[n] : 0.0;
    for (std::size_t k = 1; k < a.size() && k <= n; ++k) y -= a[k] * response[n - k];
    response[n] = y / a[0];
    if (!(std::abs(response[n]) < 1e6)) return false;
  }
  const auto tail = response.end() - static_cast<std::ptrdiff_t>(response.size() / 8);
  const Path end(tail, response.end());
  if (PeakOf(end) > 1e-3 * PeakOf(response)) return false;
  Convolve(names, response);
  return true;
}

void LinearChain::Mix(const std::vector<Target>& targets) {
  const std::map<std::string, Paths> before = paths_;
  const std::size_t frames = before.at("L")[0].size();
  for (const Target& target : targets) {
    Paths& paths = paths_[target.channel];
    for (Path& path : paths) path.assign(frames, 0.0);
    for (const Term& term : target.terms) {
      const auto source = before.find(term.source);
      if (source == before.end()) continue;
      for (std::size_t side = 0; side < 2; ++side) {
        for (std::size_t i = 0; i < frames; ++i) {
          paths[side][i] += term.factor * source->second[side][i];
        }
      }
    }
  }
  mixed_ = true;
  rendered_ = true;
}

void LinearChain::Bands(Preset& preset) const {
  constexpr std::size_t kEqualizer = SignalPath::IndexOf("equalizer", "preamp");
  ParamRegistry registry;
  const auto set = [&](const std::string& key, double value) {
    const std::size_t index = registry.Find(key).value();
    const auto rounded = static_cast<float>(value);
    if (rounded != SignalPath::kDefaults[index]) preset.values[index] = rounded;
  };
  if (preamp_db_ != 0.0) preset.values[kEqualizer] = static_cast<float>(preamp_db_);
  if (!says_preamp_ && !bands_.empty()) set("equalizer.auto_headroom", 1.0);
  for (std::size_t i = 0; i < bands_.size(); ++i) {
    const auto& [filter, channel] = bands_[i];
    const std::string band = "equalizer.band" + std::to_string(i + 1) + ".";
    set(band + "type", static_cast<double>(filter.type));
    set(band + "frequency", filter.frequency_hz);
    if (TakesGain(filter.type)) set(band + "gain", filter.gain_db);
    const bool is_pass =
        filter.type == FilterType::kLowPass || filter.type == FilterType::kHighPass;
    if (is_pass) set(band + "slope", static_cast<double>(filter.slope));
    if (!is_pass || filter.slope == FilterSlope::kResonant) set(band + "q", filter.q);
    set(band + "channel", static_cast<double>(channel));
  }
}

// Left to left, left to right, right to left, right to right; fewer where that says it all.
Response LinearChain::Render() const {
  const Paths& left = paths_.at("L");
  const Paths& right = paths_.at("R");
  std::vector<const Path*> paths = {left.data(), right.data(), &left[1], &right[1]};
  const bool crosses = PeakOf(right[0]) != 0.0 || PeakOf(left[1]) != 0.0;
  if (!crosses) paths = {left.data(), &right[1]};
  if (!crosses && left[0] == right[1]) paths = {left.data()};
  double peak = 0.0;
  for (const Path* path : paths) peak = std::max(peak, PeakOf(*path));
  constexpr double kNothing = 1e-8;  // -160 dB
  std::size_t frames = 1;
  for (const Path* path : paths) {
    for (std::size_t i = frames; i < path->size(); ++i) {
      if (!(std::abs((*path)[i]) <= kNothing * peak)) frames = i + 1;
    }
  }
  Response response{rate_hz_, {}};
  for (const Path* path : paths) {
    response.channels.emplace_back(path->begin(),
                                   path->begin() + static_cast<std::ptrdiff_t>(frames));
  }
  return response;
}

void LinearChain::Finish(Imported& imported, std::string_view name) const {
  constexpr float kLoudest = 1e4F;
  Bands(imported.preset);
  if (!rendered_) return;
  imported.response = Render();
  constexpr double kLongestSeconds = 10.0;  // that the stage takes
  if (static_cast<double>(imported.response->channels[0].size()) > kLongestSeconds * rate_hz_) {
    throw ConfigError(std::string(name) + ": cannot be played: its response is longer than 10 s");
  }
  for (const auto& channel : imported.response->channels) {
    for (const float x : channel) {
      if (!(std::abs(x) <= kLoudest)) {
        throw ConfigError(std::string(name) + ": cannot be played: its gains come to over 80 dB");
      }
    }
  }
  imported.preset.values[SignalPath::IndexOf("convolver", "enabled")] = 1.0F;
  imported.preset.values[SignalPath::IndexOf("convolver", "normalize")] = 0.0F;
}

}  // namespace auralis
