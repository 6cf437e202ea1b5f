#pragma once
// What an imported preset does to the sound, by the stages that play it; and, beside it, filters as
// their definitions have them, in double.

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <complex>
#include <filesystem>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "config/importers/imported.h"
#include "config/param_registry.h"
#include "dsp/stages/equalizer.h"
#include "tests/dsp/stages/response.h"

namespace auralis::test {

using Complex = std::complex<double>;
// From the inputs left and right to left, then to right.
using Matrix = std::array<std::array<Complex, 2>, 2>;

inline const std::filesystem::path kFixtures =
    std::filesystem::path(AURALIS_SOURCE_DIR) / "tests/config/fixtures";

inline std::size_t IndexOf(std::string_view key) { return ParamRegistry().Find(key).value(); }

// The stages `equalizer` and `convolver` with what was imported, at 48 kHz.
class Played {
 public:
  explicit Played(const Imported& imported) : response_(imported.response) {
    ParamRegistry::Values values = SignalPath::kDefaults;
    for (const auto& [index, value] : imported.preset.values) values[index] = value;
    const auto params = ProductChain::ParamsOf<Equalizer>(values.data());
    left_ = ResponseOf<Equalizer>(params, kRateHz, 1.0F, 0.0F, 3.0);
    right_ = ResponseOf<Equalizer>(params, kRateHz, 0.0F, 1.0F, 3.0);
    if (response_ && response_->rate_hz != kRateHz) throw std::logic_error("another rate");
  }

  Matrix At(double hz) const {
    const auto at = [&](const std::vector<float>& samples) {
      return StereoResponse::At(samples, hz, kRateHz);
    };
    const Matrix equalizer = {
        {{at(left_.left), at(right_.left)}, {at(left_.right), at(right_.right)}}};
    if (!response_) return equalizer;
    const auto& channels = response_->channels;
    Matrix convolver{};
    convolver[0][0] = at(channels[0]);
    convolver[1][1] = at(channels.back());
    if (channels.size() == 4) {
      convolver[1][0] = at(channels[1]);
      convolver[0][1] = at(channels[2]);
    }
    return Times(convolver, equalizer);
  }
  double GainDb(double hz) const { return 20.0 * std::log10(std::abs(At(hz)[0][0])); }

  static Matrix Times(const Matrix& a, const Matrix& b) {
    Matrix product{};
    for (std::size_t i = 0; i < 2; ++i) {
      for (std::size_t j = 0; j < 2; ++j) product[i][j] = a[i][0] * b[0][j] + a[i][1] * b[1][j];
    }
    return product;
  }
  static constexpr double kRateHz = 48000.0;

 private:
  std::optional<Response> response_;
  StereoResponse left_;
  StereoResponse right_;
};

inline std::vector<double> Frequencies(double top_hz = 20000.0) {
  std::vector<double> all;
  for (double hz = 20.0; hz <= top_hz; hz *= std::exp2(1.0 / 12.0)) all.push_back(hz);
  return all;
}

// R. Bristow-Johnson's cookbook, in double. Bells and shelves are evaluated at a rate that does not
// squeeze them, since ours follow their analogue prototypes; passes at ours, as they are bilinear.
enum class Rbj { kBell, kLowShelf, kHighShelf, kLowPass, kHighPass, kBandPass, kNotch, kAllPass };

inline Complex Quotient(const std::vector<double>& b, const std::vector<double>& a, double hz,
                        double rate_hz) {
  const Complex z = std::polar(1.0, -2.0 * std::numbers::pi * hz / rate_hz);
  Complex top = 0.0;
  Complex bottom = 0.0;
  Complex power = 1.0;
  for (std::size_t i = 0; i < b.size(); ++i, power *= z) {
    top += b[i] * power;
    bottom += a[i] * power;
  }
  return top / bottom;
}

inline Complex RbjAt(Rbj type, double f0, double gain_db, double q, double hz, double rate) {
  const double a = std::pow(10.0, gain_db / 40.0);
  const double w = 2.0 * std::numbers::pi * f0 / rate;
  const double c = std::cos(w);
  const double al = std::sin(w) / (2.0 * q);
  const double beta = 2.0 * std::sqrt(a) * al;
  switch (type) {
    case Rbj::kBell:
      return Quotient({1 + al * a, -2 * c, 1 - al * a}, {1 + al / a, -2 * c, 1 - al / a}, hz, rate);
    case Rbj::kLowShelf:
      return Quotient({a * ((a + 1) - (a - 1) * c + beta), 2 * a * ((a - 1) - (a + 1) * c),
                       a * ((a + 1) - (a - 1) * c - beta)},
                      {(a + 1) + (a - 1) * c + beta, -2 * ((a - 1) + (a + 1) * c),
                       (a + 1) + (a - 1) * c - beta},
                      hz, rate);
    case Rbj::kHighShelf:
      return Quotient(
          {a * ((a + 1) + (a - 1) * c + beta), -2 * a * ((a - 1) + (a + 1) * c),
           a * ((a + 1) + (a - 1) * c - beta)},
          {(a + 1) - (a - 1) * c + beta, 2 * ((a - 1) - (a + 1) * c), (a + 1) - (a - 1) * c - beta},
          hz, rate);
    case Rbj::kLowPass:
      return Quotient({(1 - c) / 2, 1 - c, (1 - c) / 2}, {1 + al, -2 * c, 1 - al}, hz, rate);
    case Rbj::kHighPass:
      return Quotient({(1 + c) / 2, -(1 + c), (1 + c) / 2}, {1 + al, -2 * c, 1 - al}, hz, rate);
    case Rbj::kBandPass:
      return Quotient({al, 0.0, -al}, {1 + al, -2 * c, 1 - al}, hz, rate);
    case Rbj::kNotch:
      return Quotient({1, -2 * c, 1}, {1 + al, -2 * c, 1 - al}, hz, rate);
    case Rbj::kAllPass:
      return Quotient({1 - al, -2 * c, 1 + al}, {1 + al, -2 * c, 1 - al}, hz, rate);
  }
  return 1.0;
}

inline Complex RbjAt(Rbj type, double f0, double gain_db, double q, double hz) {
  const bool squeezed = type >= Rbj::kLowPass;
  return RbjAt(type, f0, gain_db, q, hz, squeezed ? Played::kRateHz : 64.0 * Played::kRateHz);
}

inline double Db(Complex value) { return 20.0 * std::log10(std::abs(value)); }

}  // namespace auralis::test
