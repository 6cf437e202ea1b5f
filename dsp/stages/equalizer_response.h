#pragma once
// What the bands of the equalizer come to, for designers and for displays.

#include <array>
#include <complex>
#include <cstddef>
#include <vector>

#include "dsp/filter_design.h"
#include "dsp/stages/equalizer.h"

namespace auralis {

using EqualizerBandSections = std::array<SvFilter, Equalizer::kSectionsPerBand>;

// The filters of one band in series; identities where it is off. Some 0.1 ms. [control]
EqualizerBandSections DesignEqualizerBand(const Equalizer::Band& band, double sample_rate_hz);

// All bands in series at one frequency, by what they work on.
struct EqualizerTransfer {
  std::complex<double> left = 1.0;
  std::complex<double> right = 1.0;
  std::complex<double> mid = 1.0;
  std::complex<double> side = 1.0;

  // `transfer` of one band, at its place in the chain.
  void Multiply(Equalizer::Channel channel, std::complex<double> transfer);
};

// The curve of the whole equalizer, preamp among it but without automatic headroom, for displays.
// Remembers, so that only bands that changed are designed again. [any], one thread at a time
class EqualizerCurve {
 public:
  explicit EqualizerCurve(double sample_rate_hz) : sample_rate_hz_(sample_rate_hz) {}

  double sample_rate_hz() const { return sample_rate_hz_; }
  void Design(const Equalizer::Params& params);
  // Of what is the same on both sides: the level of what comes out, both sides' mean power, over
  // that of what went in.
  double GainDbAt(double frequency_hz) const;

 private:
  double sample_rate_hz_;
  Equalizer::Params params_{};
  std::array<EqualizerBandSections, Equalizer::kBands> bands_{};
};

}  // namespace auralis
