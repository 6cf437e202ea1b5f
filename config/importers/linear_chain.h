#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/importers/imported.h"
#include "dsp/filter_design.h"

namespace auralis {

// A filter as the field names it; `q` is that of R. Bristow-Johnson's cookbook.
struct LinearFilter {
  FilterType type = FilterType::kBell;
  double frequency_hz = 1000.0;
  double gain_db = 0.0;
  double q = 0.7071;
  FilterSlope slope = FilterSlope::kResonant;
};

// Q of a shelf with the cookbook's slope S (1: as steep as it goes without a bump); not a number
// where there is none.
double QOfSlope(double s, double gain_db);
// Q of a bandwidth in octaves, between the points of half the gain in dB.
double QOfBandwidth(double octaves);

// What a foreign file does to the channels L and R and to those it makes itself, one step after the
// other, as long as it is linear. What the equalizer can say becomes its bands and preamp; the rest
// (gains of one side, delays, convolutions, mixes and whatever follows a mix, what is out of range,
// bands beyond the 32nd) becomes one impulse response, which is as exact. [control]
class LinearChain {
 public:
  using Names = std::vector<std::string>;
  struct Term {
    double factor;
    std::string source;
  };
  struct Target {
    std::string channel;
    std::vector<Term> terms;
  };

  static constexpr double kUsualRateHz = 48000.0;
  // `rate_hz` is that of the response, if there is to be one. With `as_biquads` a bell or shelf
  // that a biquad of that rate squeezes by more than 0.02 dB is rendered as that biquad.
  explicit LinearChain(double rate_hz = kUsualRateHz, bool as_biquads = false);

  double rate_hz() const { return rate_hz_; }
  bool Has(const std::string& channel) const { return paths_.contains(channel); }
  // Channels that there are now, L and R among them.
  Names All() const;

  // On those of `names` that there are. Frequencies must be positive, numbers finite.
  void Filter(const Names& names, const LinearFilter& filter);
  void Gain(const Names& names, double gain_db);
  void Invert(const Names& names);
  void Silence(const Names& names);
  void Delay(const Names& names, double seconds);
  void Convolve(const Names& names, const std::vector<double>& response);
  // The difference equation a0 y = b0 x + b1 x1 + .. - a1 y1 - ..; false where it is unstable.
  bool Recur(const Names& names, const std::vector<double>& b, const std::vector<double>& a);
  // All targets at once, out of what was there before. A source that is not there is silence.
  void Mix(const std::vector<Target>& targets);

  // Adds bands, preamp and the response, if one is needed, to what was imported from `name`. Throws
  // ConfigError where the response is beyond +80 dB, or 10 s, or no number.
  void Finish(Imported& imported, std::string_view name) const;

 private:
  using Path = std::vector<double>;   // response of a channel to an input
  using Paths = std::array<Path, 2>;  // to the inputs L and R

  template <class Function>
  void Each(const Names& names, const Function& function);
  bool FitsBand(const LinearFilter& filter) const;
  bool IsBoth(const Names& names) const;
  void Scale(const Names& names, double factor);
  void Bands(Preset& preset) const;
  Response Render() const;

  double rate_hz_;
  bool as_biquads_;
  std::map<std::string, Paths> paths_;
  bool mixed_ = false;     // L and R are no more what came in
  bool rendered_ = false;  // the response is more than nothing
  double preamp_db_ = 0.0;
  bool says_preamp_ = false;
  std::vector<std::pair<LinearFilter, std::size_t>> bands_;  // and equalizer.bandN.channel
};

}  // namespace auralis
